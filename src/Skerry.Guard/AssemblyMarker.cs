namespace Skerry.Guard;

/// <summary>Names this assembly in the dependency rules of the architecture tests.</summary>
public static class GuardAssembly
{
    /// <summary>The assembly's simple name.</summary>
    public const string Name = "Skerry.Guard";
}
