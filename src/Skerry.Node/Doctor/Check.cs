using Skerry.Contracts.Node.V1;
using Severity = Skerry.Contracts.Node.V1.Finding.Types.Severity;

namespace Skerry.Node.Doctor;

/// <summary>One thing to look at.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Look">Looks; gives at least one finding. May block, may throw what the machine throws. Changes nothing.</param>
internal sealed record Check(string Name, Func<IEnumerable<Finding>> Look)
{
    internal static Finding Ok(string what) => new() { Severity = Severity.Ok, What = what };

    internal static Finding Note(string what, string mend = "") => new() { Severity = Severity.Note, What = what, Mend = mend };

    internal static Finding Warning(string what, string mend) => new() { Severity = Severity.Warning, What = what, Mend = mend };

    internal static Finding Error(string what, string mend) => new() { Severity = Severity.Error, What = what, Mend = mend };
}
