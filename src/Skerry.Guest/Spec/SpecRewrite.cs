using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skerry.Contracts.Ttrpc;

namespace Skerry.Guest.Spec;

/// <summary>
/// Turns the config.json that a node writes for its own kernel into one for this machine: root and control group are here; the network is
/// the machine's; there is no user namespace, as the machine is the border; what names things of the host is taken out, or refused where
/// the container would miss it. All that restricts the container stays.
/// </summary>
internal static class SpecRewrite
{
    // A file, not a web page: base64 and paths stay as they are.
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] OwnNamespaces = ["pid", "mount", "ipc", "uts", "cgroup"];

    /// <param name="document">The node's config.json.</param>
    /// <param name="root">The mounted root.</param>
    /// <param name="cgroup">The control group, from the mount of cgroup2.</param>
    /// <param name="binds">What is laid over the root; wins over the document's mounts with the same destination.</param>
    /// <returns>The document for the runtime, and the sysctls of the network, which is not the container's.</returns>
    /// <exception cref="GuestException">The document is not one, or asks for what a microVM does not have.</exception>
    public static (byte[] Document, IReadOnlyList<(string Key, string Value)> NetworkSysctls) Rewrite(
        ReadOnlyMemory<byte> document, string root, string cgroup, IReadOnlyList<GuestBind> binds)
    {
        try
        {
            using var json = JsonDocument.Parse(document);
            var sysctls = new List<(string, string)>();
            var output = new ArrayBufferWriter<byte>(document.Length + 1024);
            using (var writer = new Utf8JsonWriter(output, Options))
            {
                writer.WriteStartObject();
                foreach (var member in json.RootElement.EnumerateObject())
                {
                    switch (member.Name)
                    {
                        case "root":
                            WriteRoot(writer, member.Value, root);
                            break;
                        case "mounts":
                            WriteMounts(writer, member.Value, binds);
                            break;
                        case "linux":
                            WriteLinux(writer, member.Value, cgroup, MayMakeDevices(json.RootElement), sysctls);
                            break;
                        case "hooks":
                            throw Refused("hooks are programs of the host");
                        default:
                            member.WriteTo(writer);
                            break;
                    }
                }

                writer.WriteEndObject();
            }

            return (output.WrittenSpan.ToArray(), sysctls);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Refused(error.Message);
        }
    }

    private static void WriteRoot(Utf8JsonWriter writer, JsonElement root, string path)
    {
        writer.WriteStartObject("root"u8);
        writer.WriteString("path"u8, path);
        writer.WriteBoolean("readonly"u8, root.TryGetProperty("readonly"u8, out var value) && value.GetBoolean());
        writer.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter writer, JsonElement mounts, IReadOnlyList<GuestBind> binds)
    {
        writer.WriteStartArray("mounts"u8);
        var left = binds.ToList();
        foreach (var mount in mounts.EnumerateArray())
        {
            var destination = mount.GetProperty("destination"u8).GetString()!;
            var type = mount.TryGetProperty("type"u8, out var given) ? given.GetString() : null;
            if (binds.Any(b => b.Destination == destination))
            {
                continue;
            }

            // What is mounted below a bind comes after it.
            foreach (var above in left.Where(b => destination.StartsWith(b.Destination + "/", StringComparison.Ordinal)).ToList())
            {
                Write(writer, above);
                left.Remove(above);
            }

            if (destination == "/sys")
            {
                // On a host with a user namespace it may have been a bind of the host's.
                Write(writer, "/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
            }
            else if (type is "bind" or null)
            {
                throw Refused($"{destination} is bound to {(mount.TryGetProperty("source"u8, out var source) ? source.GetString() : "nothing")} of the host; hand it over as a file or a volume");
            }
            else
            {
                mount.WriteTo(writer);
            }
        }

        left.ForEach(b => Write(writer, b));
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, GuestBind bind) =>
        Write(writer, bind.Destination, "bind", bind.Source, "bind", "rprivate", "nosuid", "nodev", bind.ReadOnly ? "ro" : "rw");

    private static void Write(Utf8JsonWriter writer, string destination, string type, string source, params ReadOnlySpan<string> options)
    {
        writer.WriteStartObject();
        writer.WriteString("destination"u8, destination);
        writer.WriteString("type"u8, type);
        writer.WriteString("source"u8, source);
        writer.WriteStartArray("options"u8);
        foreach (var option in options)
        {
            writer.WriteStringValue(option);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteLinux(Utf8JsonWriter writer, JsonElement linux, string cgroup, bool mayMakeDevices, List<(string, string)> sysctls)
    {
        writer.WriteStartObject("linux"u8);
        writer.WriteString("cgroupsPath"u8, cgroup);
        writer.WriteStartArray("namespaces"u8);
        foreach (var name in OwnNamespaces)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        foreach (var member in linux.EnumerateObject())
        {
            switch (member.Name)
            {
                case "cgroupsPath" or "namespaces" or "uidMappings" or "gidMappings" or "mountLabel":
                    break;
                case "devices" when member.Value.GetArrayLength() > 0:
                    throw Refused("devices of the host are not in a microVM");
                case "sysctl":
                    WriteSysctls(writer, member.Value, sysctls);
                    break;
                case "resources":
                    WriteResources(writer, member.Value, mayMakeDevices);
                    break;
                default:
                    member.WriteTo(writer);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>The runtime refuses the network's where the network is not the container's own.</summary>
    private static void WriteSysctls(Utf8JsonWriter writer, JsonElement values, List<(string, string)> network)
    {
        writer.WriteStartObject("sysctl"u8);
        foreach (var value in values.EnumerateObject())
        {
            if (value.Name.StartsWith("net.", StringComparison.Ordinal))
            {
                network.Add((value.Name, value.Value.GetString()!));
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>
    /// Limits of block devices are by the host's numbers, and swap there is none. The rules for devices become a program in the kernel,
    /// which takes time, and are for those that could make a device node: all of the container's root is mounted without devices.
    /// </summary>
    private static void WriteResources(Utf8JsonWriter writer, JsonElement resources, bool mayMakeDevices)
    {
        writer.WriteStartObject("resources"u8);
        foreach (var member in resources.EnumerateObject())
        {
            switch (member.Name)
            {
                case "blockIO":
                case "devices" when !mayMakeDevices:
                    break;
                case "memory":
                    writer.WriteStartObject("memory"u8);
                    foreach (var value in member.Value.EnumerateObject())
                    {
                        if (value.Name != "swap")
                        {
                            value.WriteTo(writer);
                        }
                    }

                    writer.WriteEndObject();
                    break;
                default:
                    member.WriteTo(writer);
                    break;
            }
        }

        writer.WriteEndObject();
    }

    private static bool MayMakeDevices(JsonElement root) =>
        !root.TryGetProperty("process"u8, out var process)
        || !process.TryGetProperty("capabilities"u8, out var capabilities)
        || !capabilities.TryGetProperty("bounding"u8, out var bounding)
        || bounding.EnumerateArray().Any(static c => c.ValueEquals("CAP_MKNOD"u8));

    private static GuestException Refused(string message) => new(TtrpcStatusCode.InvalidArgument, $"config.json: {message}");
}
