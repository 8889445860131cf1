namespace Skerry.Node.Sensors.Responses;

/// <summary>What became of a response, in the words that alerts have. Beside these: told, dry-run, maintenance, denied by the kernel, done in the kernel, and failed with the reason.</summary>
internal static class Outcomes
{
    /// <summary>It was done.</summary>
    internal const string Done = "done";

    /// <summary>Somebody was asked to do it.</summary>
    internal const string Asked = "asked";

    /// <summary>Somebody was asked before, for another alert.</summary>
    internal const string AskedAlready = "asked already";

    /// <summary>There was nothing left to act on.</summary>
    internal const string Gone = "gone";

    /// <summary>It happened, and who did it was killed.</summary>
    internal const string NotDenied = "not denied, killed";

    /// <summary>The same was done a short while ago.</summary>
    internal const string Cooling = "cooling";

    /// <summary>The rule had as many answers as it may have in a minute.</summary>
    internal const string Limited = "limited";

    /// <summary>Nothing less than the end of the whole container would do; the reason stands behind.</summary>
    internal const string ContainerKilled = "container killed: ";
}
