using System.Buffers;
using System.Text.Json;
using Skerry.Node.Isolation.Spec;

namespace Skerry.Node.Isolation.Process;

/// <summary>
/// The process object for the runtime's <c>exec --process</c>: the container's own, from its config.json, with what the exec asks for in
/// its place. What must hold: no capability, limit or flag of it is other than the container's, so no exec has more rights.
/// </summary>
internal static class ExecDocument
{
    /// <param name="config">The container's config.json, as <see cref="OciSpec"/> wrote it.</param>
    /// <param name="plan">What to run.</param>
    /// <exception cref="SpecRefusedException">The exec asks for something that cannot be granted.</exception>
    internal static byte[] Write(byte[] config, ExecPlan plan)
    {
        using var document = JsonDocument.Parse(config);
        var process = document.RootElement.GetProperty("process"u8);
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, OciSpec.Options))
        {
            json.WriteStartObject();
            foreach (var member in process.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "terminal" or "args" or "env" or "cwd" or "user" or "consoleSize":
                        break; // written below
                    case "capabilities" when plan.LiteralCapabilities:
                        WriteLiteral(json, member.Value, plan.User?.Uid ?? process.GetProperty("user"u8).GetProperty("uid"u8).GetUInt32());
                        break;
                    default:
                        member.WriteTo(json);
                        break;
                }
            }

            json.WriteBoolean("terminal"u8, plan.Terminal);
            ProcessPlan.CheckStrings("args", [.. plan.Arguments]);
            json.WriteStrings("args"u8, plan.Arguments);
            var own = process.GetProperty("env"u8).EnumerateArray().Select(static e => e.GetString()!);
            json.WriteStrings("env"u8, ProcessPlan.ExecEnvironment(own, plan.Environment, plan.Terminal, plan.User?.Home));
            json.WriteString("cwd"u8, ProcessPlan.WorkingDirectory(plan.WorkingDirectory, process.GetProperty("cwd"u8).GetString()!));
            WriteUser(json, plan.User, process.GetProperty("user"u8), document.RootElement);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The container's bounding set, in force for root alone, as execve(2) would leave it.</summary>
    private static void WriteLiteral(Utf8JsonWriter json, JsonElement container, uint uid)
    {
        json.WriteStartObject("capabilities"u8);
        foreach (var set in container.EnumerateObject())
        {
            json.WritePropertyName(set.Name);
            if (set.Name is not ("effective" or "permitted"))
            {
                set.Value.WriteTo(json);
            }
            else if (uid == 0)
            {
                container.GetProperty("bounding"u8).WriteTo(json);
            }
            else
            {
                json.WriteStartArray();
                json.WriteEndArray();
            }
        }

        json.WriteEndObject();
    }

    private static void WriteUser(Utf8JsonWriter json, ResolvedUser? user, JsonElement own, JsonElement config)
    {
        if (user is null)
        {
            json.WritePropertyName("user"u8);
            own.WriteTo(json);
            return;
        }

        var most = user.Groups.Append(user.Gid).Append(user.Uid).Max();
        if (config.GetProperty("linux"u8).TryGetProperty("uidMappings"u8, out var ids) && ids.GetArrayLength() == 1
            && most >= ids[0].GetProperty("size"u8).GetUInt32())
        {
            throw new SpecRefusedException("user", $"id {most} is outside the pod's {ids[0].GetProperty("size"u8).GetUInt32()} ids", "use a lower id");
        }

        json.WriteStartObject("user"u8);
        OciSpec.WriteUser(json, user);
        json.WriteEndObject();
    }
}
