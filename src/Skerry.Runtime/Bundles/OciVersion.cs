using System.Globalization;
using Skerry.Runtime.Beneath;

namespace Skerry.Runtime.Bundles;

/// <summary>
/// What to do with a bundle's ociVersion. Within one major version a runtime ignores what it does not know (config.md,
/// "Extensibility"), so a newer minor version is no reason to refuse; another major version is.
/// </summary>
internal static class OciVersion
{
    /// <summary>The version to write for this runtime, or null where the bundle's own will do.</summary>
    /// <exception cref="RefusedException">It is no version of the specification, or of another major one.</exception>
    internal static string? ToWrite(BundleConfig config, RuntimeBeneath runtime)
    {
        var core = config.OciVersion.Split('-', '+')[0].Split('.');
        if (core.Length != 3 || !core.All(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw new RefusedException($"{config.Path}: ociVersion '{config.OciVersion}' is no SemVer 2.0.0 version");
        }

        if (core[0] != "1")
        {
            throw new RefusedException($"{config.Path}: ociVersion {config.OciVersion} is not supported, only 1.x is");
        }

        return runtime.OciVersionToWrite.Length == 0 || core[1] is "0" or "1" ? null : runtime.OciVersionToWrite;
    }
}
