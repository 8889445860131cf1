namespace Skerry.Bench.Macro.Peers;

/// <summary>Where programs are: what scripts/setup unpacked below artifacts/tools, then the system's.</summary>
internal static class Tool
{
    /// <summary>The search path, also that of every command; bench/run sets it.</summary>
    public static string SearchPath { get; } = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static string? Crun { get; } = Find("crun");

    public static string? Runc { get; } = Find("runc");

    public static string? Find(string name) => SearchPath.Split(':').Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);

    /// <summary>The program, or its name, so that starting it says what is missing.</summary>
    public static string Of(string name) => Find(name) ?? name;
}
