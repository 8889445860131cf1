using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>A token of SoftHSM with one key of each kind, in a directory of its own.</summary>
internal sealed class SoftToken : IDisposable
{
    internal const string Pin = "4321-secret";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("skerry-test-token-");

    /// <summary>The labels of the keys, which are those of their kinds.</summary>
    internal static readonly string[] Kinds = ["p256", "p384", "p521", "rsa", "ed25519"];

    internal string Configuration => Path.Combine(_home.FullName, "softhsm2.conf");

    internal string PinFile => Path.Combine(_home.FullName, "pin");

    internal string Home => _home.FullName;

    internal static async Task<SoftToken> Make()
    {
        var tool = KeyTools.Program("pkcs11-tool");
        var token = new SoftToken();
        Directory.CreateDirectory(Path.Combine(token.Home, "tokens"));
        await File.WriteAllTextAsync(token.Configuration, $"directories.tokendir = {token.Home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
        await File.WriteAllTextAsync(token.PinFile, Pin + "\n");
        string[] types = ["EC:prime256v1", "EC:secp384r1", "EC:secp521r1", "rsa:2048", "EC:edwards25519"];
        var pairs = string.Join(" && ", types.Select((type, i) => $"'{tool}' --module '{KeyTools.Module}' --login --pin {Pin} --keypairgen --key-type {type} --id 0{i + 1} --label {Kinds[i]}"));
        _ = (await KeyTools.Shell(token.Home, $"'{KeyTools.Program("softhsm2-util")}' --module '{KeyTools.Module}' --init-token --free --label ops --so-pin 12345678 --pin {Pin} && {pairs}")).Ok;
        return token;
    }

    /// <summary>The URI of a key.</summary>
    internal string Uri(string kind, string? more = null) => $"pkcs11:token=ops;object={kind}?module-path={KeyTools.Module}{more ?? "&pin-source=file:" + PinFile}";

    /// <summary>The command line, with what the module of the token needs in its environment.</summary>
    internal Task<Said> Cli(TestNode node, string[] arguments, params (string Name, string Value)[] environment) => Running.ToEnd(Running.Start(
        Programs.CommandLine, arguments, [("SKERRY_ADDRESS", "unix://" + node.Socket), ("SOFTHSM2_CONF", Configuration), ("LD_LIBRARY_PATH", KeyTools.Libraries), .. environment]));

    public void Dispose() => _home.Delete(recursive: true);
}
