using Skerry.Bench.Macro.Reports;

namespace Skerry.Bench.Macro.Sections;

/// <summary>One group of measurements, which <c>--only</c> can name.</summary>
internal interface ISection
{
    string Name { get; }

    string Title { get; }

    Task RunAsync(Bench bench, Chapter chapter);
}
