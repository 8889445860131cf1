namespace Skerry.Node.Sensors;

/// <summary>The programs for the kernel, embedded in this program.</summary>
internal static class SensorResource
{
    /// <summary>What tells of events.</summary>
    internal static byte[] Read() => Read("sensor.bpf.o");

    /// <summary>What answers by itself.</summary>
    internal static byte[] ReadWarden() => Read("warden.bpf.o");

    /// <summary>What refuses in security hooks.</summary>
    internal static byte[] ReadRefusals() => Read("lsm.bpf.o");

    private static byte[] Read(string name)
    {
        using var stream = typeof(SensorResource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program was built without {name}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
