using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Skerry.Node.Isolation.Spec;

/// <summary>
/// Writes config.json of an OCI bundle (runtime-spec 1.0.2, which crun ≥ 1.0 and runc ≥ 1.0 take). What must hold: only
/// values computed here or checked by the rules beside it are written; nothing of an image but its process; no hooks;
/// annotations are a closed list, so that no label of an image or pod can steer the runtime (CVE-2025-24965 class).
/// </summary>
internal static class OciSpec
{
    /// <summary>The version both runtimes take.</summary>
    public const string Version = "1.0.2";

    /// <summary>crun reads the compiled filter from here (libcrun/container.c), at create; exec uses the copy it keeps.</summary>
    private const string CrunSeccompAnnotation = "run.oci.seccomp_bpf_data";

    // A file, not a web page: base64 and paths stay readable.
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The bytes of config.json.</summary>
    /// <exception cref="SpecRefusedException">The plan asks for something that cannot be granted.</exception>
    public static byte[] Write(ContainerPlan plan)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, Version);
            WriteProcess(json, plan);
            json.WriteStartObject("root"u8);
            json.WriteString("path"u8, plan.RootfsPath);
            json.WriteBoolean("readonly"u8, plan.Spec.ReadOnlyRootfs);
            json.WriteEndObject();
            if (plan.Namespaces.Uts is null)
                json.WriteString("hostname"u8, Hostname(plan));
            MountWriter.Write(json, plan);
            WriteAnnotations(json, plan);
            LinuxWriter.Write(json, plan);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The pod's host name, else its name, else the start of its id, as docker does.</summary>
    public static string Hostname(ContainerPlan plan)
    {
        var pod = plan.Pod;
        var name = pod.Hostname.Length > 0 ? pod.Hostname : pod.Name.Length > 0 ? pod.Name : plan.PodId[..Math.Min(12, plan.PodId.Length)];
        return name.Length <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
            ? name
            : throw new SpecRefusedException("hostname", $"\"{name}\" is not a host name", "use letters, digits, - and ., at most 64");
    }

    /// <summary>The members of a <c>user</c> object.</summary>
    internal static void WriteUser(Utf8JsonWriter json, ResolvedUser user)
    {
        json.WriteNumber("uid"u8, user.Uid);
        json.WriteNumber("gid"u8, user.Gid);
        json.WriteStartArray("additionalGids"u8);
        foreach (var group in user.Groups)
            json.WriteNumberValue(group);
        json.WriteEndArray();
    }

    /// <summary>
    /// What execve(2) leaves of a process' capabilities. The kernel takes those of a user other than root away by itself; gVisor starts a
    /// container's program with what the document says, whoever its user is.
    /// </summary>
    internal static IReadOnlyList<string> Own(IReadOnlyList<string> capabilities, ResolvedUser user, bool isLiteral) =>
        isLiteral && user.Uid != 0 ? [] : capabilities;

    private static void WriteProcess(Utf8JsonWriter json, ContainerPlan plan)
    {
        var spec = plan.Spec;
        var user = plan.User;
        if (plan.Users is { } range)
        {
            var most = user.Groups.Append(user.Gid).Append(user.Uid).Max();
            if (!range.Holds(most))
                throw new SpecRefusedException("user", $"id {most} is outside the pod's {range.Count} ids", "use an id below 65536, or host_users");
        }

        json.WriteStartObject("process"u8);
        json.WriteBoolean("terminal"u8, spec.Tty);
        if (plan.TerminalSize is { Columns: > 0, Rows: > 0 } size && spec.Tty)
        {
            json.WriteStartObject("consoleSize"u8);
            json.WriteNumber("height"u8, size.Rows);
            json.WriteNumber("width"u8, size.Columns);
            json.WriteEndObject();
        }

        json.WriteStartObject("user"u8);
        WriteUser(json, user);
        json.WriteEndObject();
        json.WriteStrings("args"u8, ProcessPlan.Arguments(spec, plan.Image, plan.InitPath));
        json.WriteStrings("env"u8, ProcessPlan.Environment(plan.Image.Env, spec.Env, spec.Tty, Hostname(plan), user.Home));
        json.WriteString("cwd"u8, ProcessPlan.WorkingDirectory(spec.WorkingDir, plan.Image.WorkingDir));

        var capabilities = Capabilities.Compute(spec.CapAdd, spec.CapDrop);
        json.WriteStartObject("capabilities"u8);
        json.WriteStrings("bounding"u8, capabilities);
        var own = Own(capabilities, user, plan.Runtime == RuntimeKind.Runsc);
        json.WriteStrings("effective"u8, own);
        json.WriteStrings("permitted"u8, own);
        // Neither inheritable (CVE-2022-24769) nor ambient: both would survive a change of user.
        json.WriteStrings("inheritable"u8, []);
        json.WriteStrings("ambient"u8, []);
        json.WriteEndObject();

        json.WriteStartArray("rlimits"u8);
        foreach (var (type, soft, hard) in RlimitRules.Compute(spec.Rlimits, plan.Limits))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, type);
            json.WriteNumber("soft"u8, soft);
            json.WriteNumber("hard"u8, hard);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("noNewPrivileges"u8, true);
        json.WriteNumber("oomScoreAdj"u8, RlimitRules.OomScore(spec.OomScoreAdj, plan.Limits));
        json.WriteEndObject();
    }

    private static void WriteAnnotations(Utf8JsonWriter json, ContainerPlan plan)
    {
        json.WriteStartObject("annotations"u8);
        json.WriteString("io.skerry.pod.id"u8, plan.PodId);
        json.WriteString("io.skerry.pod.name"u8, plan.Pod.Name);
        json.WriteString("io.skerry.container.name"u8, plan.Spec.Name);
        if (plan.Seccomp is { } seccomp)
        {
            json.WriteString("io.skerry.seccomp"u8, seccomp.Name);
            if (plan.Runtime == RuntimeKind.Crun)
                json.WriteString(CrunSeccompAnnotation, seccomp.BpfBase64);
        }

        json.WriteEndObject();
    }
}
