namespace Skerry.Node.Tests.Network;

/// <summary>Plugins that misbehave: shell scripts, run as the real ones are.</summary>
internal static class TestPlugin
{
    internal static void Write(string directory, string name, string script)
    {
        Directory.CreateDirectory(directory);
        TestProgram.Write(Path.Combine(directory, name), script);
    }

    internal static void Conflist(string directory, string name, string plugins)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, name + ".conflist"), $$"""{"cniVersion":"1.0.0","name":"{{name}}","plugins":[{{plugins}}]}""");
    }
}
