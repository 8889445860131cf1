using System.Text.Json;

namespace Skerry.Node.Isolation.Spec;

/// <summary>The <c>linux</c> object of a spec.</summary>
internal static class LinuxWriter
{
    internal static void Write(Utf8JsonWriter json, ContainerPlan plan)
    {
        json.WriteStartObject("linux"u8);
        json.WriteString("cgroupsPath"u8, plan.CgroupsPath);
        WriteNamespaces(json, plan);
        if (plan.Users is { } range)
        {
            WriteMapping(json, "uidMappings"u8, range);
            WriteMapping(json, "gidMappings"u8, range);
        }

        var (sysctls, _) = SysctlRules.Split(plan.Pod.Sysctls, plan.Namespaces);
        if (sysctls.Count > 0)
        {
            json.WriteStartObject("sysctl"u8);
            foreach (var (key, value) in sysctls)
                json.WriteString(key, value);
            json.WriteEndObject();
        }

        if (plan.Devices.Any(static d => !d.IsMounted))
            WriteDevices(json, plan.Devices.Where(static d => !d.IsMounted));
        ResourceWriter.Write(json, plan);
        if (plan.Seccomp is { } seccomp && plan.Runtime == RuntimeKind.Runc)
        {
            json.WritePropertyName("seccomp"u8);
            json.WriteRawValue(seccomp.OciJson.Span, skipInputValidation: true);
        }

        json.WriteString("rootfsPropagation"u8, "private");
        json.WriteStrings("maskedPaths"u8, MaskedPaths.Masked.Select(m => m.Path).Concat(plan.ExtraMaskedPaths));
        json.WriteStrings("readonlyPaths"u8, MaskedPaths.ReadOnly.Select(m => m.Path));
        json.WriteEndObject();
    }

    private static void WriteNamespaces(Utf8JsonWriter json, ContainerPlan plan)
    {
        var names = plan.Namespaces;
        if (names.User is not null && plan.Users is null)
            throw new ArgumentException("a joined user namespace needs its id range", nameof(plan));
        json.WriteStartArray("namespaces"u8);
        if (plan.Users is not null)
            One("user", names.User);
        One("pid", null);
        One("mount", null);
        One("cgroup", null);
        One("ipc", names.Ipc);
        One("uts", names.Uts);
        if (!names.HostNetwork)
            One("network", names.Network);
        json.WriteEndArray();

        void One(string type, string? path)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            if (path is not null)
                json.WriteString("path"u8, path);
            json.WriteEndObject();
        }
    }

    private static void WriteMapping(Utf8JsonWriter json, ReadOnlySpan<byte> name, IdRange range)
    {
        json.WriteStartArray(name);
        json.WriteStartObject();
        json.WriteNumber("containerID"u8, 0);
        json.WriteNumber("hostID"u8, range.HostStart);
        json.WriteNumber("size"u8, range.Count);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteDevices(Utf8JsonWriter json, IEnumerable<DevicePlan> devices)
    {
        json.WriteStartArray("devices"u8);
        foreach (var device in devices)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, device.Path);
            json.WriteString("type"u8, device.IsBlock ? "b" : "c");
            json.WriteNumber("major"u8, device.Major);
            json.WriteNumber("minor"u8, device.Minor);
            json.WriteNumber("fileMode"u8, device.Mode);
            json.WriteNumber("uid"u8, 0);
            json.WriteNumber("gid"u8, 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
