using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Skerry.Bench.Macro.Measures;
using Skerry.Bench.Macro.Peers;
using Skerry.Bench.Macro.Reports;
using Skerry.Bench.Macro.Spawning;

namespace Skerry.Bench.Macro.Sections;

/// <summary>
/// One image verified at its registry by each command line for the same signature: the name is resolved, signatures are found, fetched and verified. Nothing
/// of it is on the node. Each signature is made by the tool whose form it has, but cosign's, which Skerry made with cosign's key file.
/// </summary>
internal sealed class ImageVerifying : ISection
{
    private const string Ours = "skerry image verify";
    private const string PolicyOfNotation =
        """{"version":"1.0","trustPolicies":[{"name":"bench","registryScopes":["*"],"signatureVerification":{"level":"strict"},"trustStores":["ca:bench"],"trustedIdentities":["*"]}]}""";

    public string Name => "verify";

    public string Title => "Verify one image at its registry";

    public async Task RunAsync(Bench bench, Chapter chapter)
    {
        if (SigningTools.Find(bench.Place) is not { } tools || !SkerryNode.IsThere(bench.Place))
        {
            chapter.Bars.Add(new Bar($"`{Ours}` / the tool whose signature it is", 1, "×", null, SigningTools.Find(bench.Place) is null ? SigningTools.Missing : "run scripts/build"));
            return;
        }

        _ = await bench.RegistryAsync().ConfigureAwait(false);
        string image = Registry.Small;
        string policies = bench.Place.Disk("tmp", "trust");
        List<string> written = [];
        await using TrustServer? server = tools.Has("notary") && tools.Has("notary-server") ? await TrustServer.StartAsync(bench.Place, tools).ConfigureAwait(false) : null;
        try
        {
            // Keys and policies are there before the node, which reads them.
            if (tools.Cosigns is [var first, ..])
            {
                Read(bench, tools.Call(first, "generate-key-pair", "--output-key-prefix", "cosign"));
                Policy("cosign", $"type = \"cosign\"\nkeys = [\"{Beside(tools.At("cosign.pub"))}\"]");
            }

            if (tools.Has("notation"))
            {
                Read(bench, tools.Call("notation", "cert", "generate-test", "--default", "bench"));
                await File.WriteAllTextAsync(tools.At(".config/notation/trustpolicy.json"), PolicyOfNotation).ConfigureAwait(false);
                Policy("notation", $"type = \"notation\"\nauthorities = [\"{Beside(tools.At(".config/notation/localkeys/bench.crt"))}\"]\nidentities = [\"*\"]");
            }

            if (server is not null)
            {
                Policy("content-trust", $"type = \"content-trust\"\nserver = \"{TrustServer.Url}\"\ntrust_on_first_use = true");
            }

            await using SkerryNode node = await SkerryNode.StartAsync(bench.Place, "verify", server is null ? "" : $"ca_files = [\"{tools.At("ca.crt")}\"]").ConfigureAwait(false);
            List<Contender> contenders = Contenders(bench, tools, node, image, server is not null);
            Interleaving interleaving = new(bench.Say);
            IReadOnlyList<Series> series = await interleaving.RunAsync(contenders, bench.Options.Runs, bench.Options.WarmUps).ConfigureAwait(false);
            chapter.Add("", series, interleaving);
            chapter.Notes.Add("at a registry on the loopback; a registry far away adds its round trips to each");
            foreach ((string form, string peer) in Pairs(tools))
            {
                chapter.Bars.Add(Bar.Ratio(
                    $"`{Ours}` / `{peer}`", 1, Median(series, $"{Ours}, {form}"), Median(series, peer), interleaving.Dropped.Count > 0 ? "a contender was dropped" : $"there is no {peer}"));
            }
        }
        finally
        {
            written.ForEach(File.Delete);
        }

        // A file that a policy names lies beside it.
        string Beside(string file)
        {
            string copy = Path.Combine(policies, Path.GetFileName(file));
            File.Copy(file, copy, overwrite: true);
            written.Add(copy);
            return Path.GetFileName(file);
        }

        void Policy(string name, string signer)
        {
            string file = Path.Combine(policies, $"{name}.toml");
            File.WriteAllText(file, $"require = \"any\"\n\n[[signer]]\nname = \"{name}\"\n{signer}\n");
            written.Add(file);
        }
    }

    /// <summary>Signs the image in each form, and says how it is verified.</summary>
    private static List<Contender> Contenders(Bench bench, SigningTools tools, SkerryNode node, string image, bool withServer)
    {
        List<Contender> contenders = [];
        string errors = bench.Place.Errors;
        void Skerry(string form) => contenders.Add(Contender.OfCommand($"{Ours}, {form}", errors, _ => node.Cli("image", "verify", "--trust", form, image)));

        if (tools.Cosigns.Length > 0)
        {
            Read(bench, node.Cli("image", "sign", "--key", tools.At("cosign.key"), image).WithEnvironment("SKERRY_KEY_PASSWORD", SigningTools.Password));
            Skerry("cosign");
            foreach (string cosign in tools.Cosigns)
            {
                string[] root = [];
                if (Child.Read(tools.Call(cosign, "sign", "--help"), bench.Place.Tmp).Contains("use-signing-config", StringComparison.Ordinal))
                {
                    Read(bench, tools.Call(cosign, "trusted-root", "create", "--out", "root.json"));
                    root = ["--trusted-root", tools.At("root.json")];
                }

                Command verify = tools.Call(cosign, "verify", "--key", tools.At("cosign.pub"), "--insecure-ignore-tlog", "--allow-http-registry").With(root).With(image);
                contenders.Add(Contender.OfCommand($"{cosign} verify", errors, _ => verify));
            }
        }

        if (tools.Has("notation"))
        {
            Read(bench, tools.Call("notation", "sign", "--insecure-registry", image));
            Skerry("notation");
            contenders.Add(Contender.OfCommand("notation verify", errors, _ => tools.Call("notation", "verify", "--insecure-registry", image)));
        }

        if (withServer)
        {
            string gun = image[..image.LastIndexOf(':')];
            string tag = image[(gun.Length + 1)..];
            byte[] manifest = Encoding.UTF8.GetBytes(Child.Read(Command.Of(Tool.Of("skopeo"), "inspect", "--raw", "--tls-verify=false", $"docker://{image}"), bench.Place.Tmp));
            Read(bench, tools.Call("notary", "-c", "client.json", "init", gun));
            Read(bench, tools.Call("notary", "-c", "client.json", "addhash", gun, tag, manifest.Length.ToString(CultureInfo.InvariantCulture), "--sha256", Convert.ToHexStringLower(SHA256.HashData(manifest))));
            Read(bench, tools.Call("notary", "-c", "client.json", "publish", gun));
            Skerry("content-trust");
            contenders.Add(Contender.OfCommand("notary lookup", errors, _ => tools.Call("notary", "-c", "client.json", "lookup", gun, tag)));
            if (tools.Has("docker"))
            {
                Command inspect = tools.Call("docker", "trust", "inspect", image).WithEnvironment("DOCKER_CONTENT_TRUST_SERVER", TrustServer.Url);
                contenders.Add(Contender.OfCommand("docker trust inspect", errors, _ => inspect));
            }
        }

        return contenders;
    }

    private static IEnumerable<(string Form, string Peer)> Pairs(SigningTools tools) =>
        [.. tools.Cosigns.Select(c => ("cosign", $"{c} verify")), ("notation", "notation verify"), ("content-trust", "notary lookup"), ("content-trust", "docker trust inspect")];

    private static double? Median(IReadOnlyList<Series> series, string name) => series.FirstOrDefault(s => s.Name == name)?.Median;

    private static void Read(Bench bench, Command command) => _ = Child.Read(command, bench.Place.Tmp);
}
