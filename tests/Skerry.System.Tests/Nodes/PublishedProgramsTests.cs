using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Skerry.System.Tests.Nodes;

/// <summary>What scripts/build makes.</summary>
public sealed class PublishedProgramsTests
{
    private static readonly string[] s_programs = ["skerryd", "skerry", "skerry-runtime", "skerry-wasm"];

    /// <summary>A call that the trimmer cannot follow. The pragma keeps the compiler's analyzer from finding it first.</summary>
    private const string Warning =
        """
        #pragma warning disable IL2057, IL2075, CS1591
        namespace Skerry.Runtime;

        /// <summary>Not to be compiled.</summary>
        public static class Unfollowed
        {
            /// <summary>Looks up what nobody knows at compile time.</summary>
            [global::System.Runtime.CompilerServices.ModuleInitializer]
            internal static void Look() => global::System.Console.Error.Write(global::System.Type.GetType(global::System.Environment.CommandLine)?.GetMethods().Length);
        }
        """;

    private static string Dist => Environment.GetEnvironmentVariable("SKERRY_DIST") is { Length: > 0 } dist ? dist : Path.Combine(Programs.Repository, "artifacts/dist");

    [Fact]
    [Trait("Promise", "P-36")]
    public async Task The_published_programs_are_native_code_that_needs_no_runtime()
    {
        SkipUnlessPublished();
        Assert.DoesNotContain(Directory.EnumerateFiles(Dist), static f => Path.GetExtension(f) is ".dll" or ".json" or ".pdb");
        var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 183 : 62; // EM_AARCH64, EM_X86_64: elf.h
        foreach (var name in s_programs)
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(Dist, name));
            Assert.True(bytes.AsSpan().StartsWith((byte[])[0x7F, (byte)'E', (byte)'L', (byte)'F', 2 /* 64 bits */, 1 /* little-endian */]), name);
            Assert.Equal(machine, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(18)));

            // The starter of a managed program looks for this library, and has this export's name in it.
            Assert.True(bytes.AsSpan().IndexOf("libhostfxr"u8) < 0 && bytes.AsSpan().IndexOf("hostfxr_main"u8) < 0, $"{name} starts a managed program");
        }

        // Alone in a directory, on a machine without .NET.
        var alone = Directory.CreateTempSubdirectory("skerry-alone-").FullName;
        try
        {
            foreach (var name in s_programs)
            {
                File.Copy(Path.Combine(Dist, name), Path.Combine(alone, name));
                var said = await Running.Shell($"cd '{alone}' && exec env -i DOTNET_ROOT=/nowhere ./{name} --version");
                Assert.NotEmpty(said.Ok);
            }
        }
        finally
        {
            Directory.Delete(alone, recursive: true);
        }
    }

    [Fact]
    [Trait("Promise", "P-36")]
    public async Task A_running_daemon_has_no_managed_file_or_runtime_in_its_memory()
    {
        SkipUnlessPublished();
        await using var node = await TestNode.StartAsync();
        Assert.SkipUnless(Path.GetDirectoryName(Programs.Daemon) == Dist, $"the programs under test are not those of {Dist}: run scripts/build");
        var maps = await File.ReadAllTextAsync($"/proc/{node.Pid}/maps");
        Assert.Contains("/skerryd", maps, StringComparison.Ordinal);
        Assert.All((string[])["coreclr", "hostfxr", "hostpolicy", "clrjit", ".dll"], part => Assert.DoesNotContain(part, maps, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Promise", "P-36")]
    public async Task The_build_fails_on_a_warning_of_the_native_compiler_and_keeps_the_old_program()
    {
        SkipUnlessPublished();
        var dotnet = Path.Combine(Programs.DotnetRoot, "dotnet");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Programs.DotnetRoot, "sdk")), $"needs the .NET SDK in {Programs.DotnetRoot}");
        var copy = Directory.CreateTempSubdirectory("skerry-warning-").FullName;
        try
        {
            // A copy in which all is built, but for one program, which gets a warning.
            _ = (await Running.Shell(
                $"""
                set -e
                cd '{Programs.Repository}'
                git -c safe.directory='*' ls-files -z --cached --others --exclude-standard -- src proto bpf rules scripts Directory.Build.props Directory.Packages.props global.json .editorconfig .gitignore BannedSymbols.txt Skerry.slnx |
                  xargs -0 cp --parents -t '{copy}'
                mkdir -p '{copy}/artifacts'
                cp -a '{Dist}' '{copy}/artifacts/dist'
                rm -f '{copy}/artifacts/dist/.skerry-runtime.sources'
                cd '{copy}' && git init -q .
                """)).Ok;
            await File.WriteAllTextAsync(Path.Combine(copy, "src/Skerry.Runtime/Unfollowed.cs"), Warning);
            var program = Path.Combine(copy, "artifacts/dist/skerry-runtime");
            var before = await File.ReadAllBytesAsync(program);
            var said = await Running.Shell($"mkdir '{copy}/tmp' && cd '{copy}' && TMPDIR='{copy}/tmp' PATH='{Path.GetDirectoryName(dotnet)}':$PATH timeout 1500 scripts/build", TimeSpan.FromMinutes(26));
            Assert.NotEqual(0, said.Code);
            Assert.True(said.Error.Contains("IL2057", StringComparison.Ordinal), said.Error);
            Assert.DoesNotContain("skerryd …", said.Out, StringComparison.Ordinal);
            Assert.Equal(before, await File.ReadAllBytesAsync(program));
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void SkipUnlessPublished() =>
        Assert.SkipUnless(s_programs.All(static name => File.Exists(Path.Combine(Dist, name))), $"needs the published programs in {Dist}: scripts/build");
}
