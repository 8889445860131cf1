namespace Skerry.Node.Sensors;

/// <summary>The programs for the kernel, embedded in this program.</summary>
internal static class SensorResource
{
    internal static byte[] Read()
    {
        using var stream = typeof(SensorResource).Assembly.GetManifestResourceStream("sensor.bpf.o")
            ?? throw new InvalidOperationException("the program was built without sensor.bpf.o");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
