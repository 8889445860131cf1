namespace Skerry.Vmm.Machines.Firecracker;

/// <summary>The balloon (PUT /balloon). Without an interval of statistics it does not say how much it has.</summary>
internal sealed record Balloon(int AmountMib, bool DeflateOnOom, int StatsPollingIntervalS);
