using System.Diagnostics;
using Skerry.System.Tests.Nodes;

namespace Skerry.System.Tests.Trust;

/// <summary>swtpm, a TPM 2.0 in software, at a Unix socket, with keys that tpm2-tools made.</summary>
internal sealed class SoftTpm : IAsyncDisposable
{
    internal const string Authorization = "tpm-secret";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("skerry-test-tpm-");
    private Process? _process;

    internal string Home => _home.FullName;

    internal string Socket => Path.Combine(Home, "tpm");

    internal static async Task<SoftTpm> Start()
    {
        var program = KeyTools.Program("swtpm");
        var tpm = new SoftTpm();
        try
        {
            Directory.CreateDirectory(Path.Combine(tpm.Home, "state"));
            tpm._process = Running.Start(
                program,
                ["socket", "--tpm2", "--tpmstate", $"dir={tpm.Home}/state", "--server", $"type=unixio,path={tpm.Socket}", "--ctrl", $"type=unixio,path={tpm.Socket}.ctrl", "--flags", "not-need-init,startup-clear"],
                ("LD_LIBRARY_PATH", KeyTools.Libraries));
            await Running.Until(() => File.Exists(tpm.Socket), "the socket of swtpm");
            return tpm;
        }
        catch
        {
            await tpm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a key and has the TPM keep it.</summary>
    /// <param name="handle">Under which.</param>
    /// <param name="kind">As tpm2_create has it: ecc256, ecc384, rsa2048, also with a scheme.</param>
    /// <param name="attributes">Of the object.</param>
    internal async Task Keep(string handle, string kind, string attributes = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign") => _ = (await Tools($"""
        tpm2_createprimary -Q -C o -g sha256 -G ecc -c prim.ctx && tpm2_flushcontext -t &&
        tpm2_create -Q -C prim.ctx -G {kind} -p {Authorization} -a '{attributes}' -u k.pub -r k.priv && tpm2_flushcontext -t &&
        tpm2_load -Q -C prim.ctx -u k.pub -r k.priv -c k.ctx && tpm2_evictcontrol -Q -C o -c k.ctx {handle} && tpm2_flushcontext -t
        """)).Ok;

    internal Task<Said> Tools(string script) => KeyTools.Shell(Home, $"export TPM2TOOLS_TCTI='swtpm:path={Socket}' && {script}");

    internal string Uri(string handle, string? more = null) => $"tpm2:{Socket}?handle={handle}{more}";

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync();
            process.Dispose();
        }

        _home.Delete(recursive: true);
    }
}
