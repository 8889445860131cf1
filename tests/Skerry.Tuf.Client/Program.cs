using System.Globalization;
using Skerry.Oci.Distribution;
using Skerry.Oci.Trust.Tuf;

// CLIENT --metadata-dir D init ROOT
// CLIENT --metadata-dir D --metadata-url U refresh
// CLIENT --metadata-dir D --metadata-url U --target-name N … --target-base-url U --target-dir D download
// Ends with 0 when it did what was asked, with 1 when it did not, with 2 when it was not understood.
var options = new Dictionary<string, List<string>>(StringComparer.Ordinal);
var words = new List<string>();
for (var i = 0; i < args.Length; i++)
{
    if (!args[i].StartsWith("--", StringComparison.Ordinal))
    {
        words.Add(args[i]);
    }
    else if (i + 1 < args.Length)
    {
        options.TryAdd(args[i], []);
        options[args[i]].Add(args[++i]);
    }
}

try
{
    var store = new TufStore(One("--metadata-dir"));
    switch (words)
    {
        case ["init", var root]:
            store.Begin(await File.ReadAllBytesAsync(root).ConfigureAwait(false));
            return 0;
        case ["refresh"]:
            {
                using var server = Server(One("--metadata-url"));
                await new TufClient(server, store, TimeProvider.System.GetUtcNow()).RefreshAsync(CancellationToken.None).ConfigureAwait(false);
                return 0;
            }

        case ["download"]:
            {
                using var server = Server(One("--target-base-url"));
                var client = new TufClient(server, store, TimeProvider.System.GetUtcNow());
                foreach (var name in options["--target-name"])
                {
                    var target = await client.FindAsync(name, CancellationToken.None).ConfigureAwait(false) ?? throw new TufException($"{name}: nobody signs for it");
                    Console.WriteLine(await client.DownloadAsync(target, One("--target-dir"), CancellationToken.None).ConfigureAwait(false));
                }

                return 0;
            }

        default:
            Console.Error.WriteLine("init ROOT, refresh, or download");
            return 2;
    }
}
catch (Exception error) when (error is TufException or RegistryException or IOException)
{
    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{error.Message}"));
    return 1;
}

string One(string name) => options.TryGetValue(name, out var values) ? values[0] : throw new IOException($"{name} is missing");

TufServer Server(string targets)
{
    var metadata = new Uri(One("--metadata-url"));
    return new TufServer(metadata, new Uri(targets), new RegistryOptions { PlainHttp = new HashSet<string> { metadata.Authority } });
}
