using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Skerry.Linux.Bpf;

namespace Skerry.Linux.Tests.Bpf;

/// <summary>Both sides of the sensor agree on what their bytes mean.</summary>
public sealed class ContractTests
{
    private delegate ref TField Field<TStruct, TField>(ref TStruct of);

    [Fact]
    [Trait("Promise", "P-40")]
    public void Structures_of_the_sensor_have_the_sizes_and_offsets_of_the_kernels_side()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/clang"), "clang is not installed: structures cannot be compared with contract.h");
        var expected = Rows().ToList();
        var directory = Directory.CreateTempSubdirectory("skerry-contract-").FullName;
        try
        {
            var source = new StringBuilder("#include <stdio.h>\n#include <stddef.h>\n#include \"contract.h\"\nint main(void){\n");
            foreach (var (type, field, _) in expected)
            {
                source.Append(CultureInfo.InvariantCulture, $"printf(\"%zu\\n\", (size_t){(field.Length == 0 ? $"sizeof(struct {type})" : $"offsetof(struct {type}, {field})")});\n");
            }

            File.WriteAllText(Path.Combine(directory, "probe.c"), source.Append("return 0;}\n").ToString());
            Run("/usr/bin/clang", "-I", Path.Combine(Root(), "bpf/include"), "-o", Path.Combine(directory, "probe"), Path.Combine(directory, "probe.c"));
            var found = Run(Path.Combine(directory, "probe")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(expected.Select(static r => $"{r.Type}.{r.Field} {r.Offset}"), expected.Zip(found, static (r, f) => $"{r.Type}.{r.Field} {f}"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IEnumerable<(string Type, string Field, long Offset)> Rows()
    {
        yield return Size<RecordHead>("record");
        yield return At("record", "time", static (ref RecordHead r) => ref r.Time);
        yield return At("record", "start", static (ref RecordHead r) => ref r.Start);
        yield return At("record", "result", static (ref RecordHead r) => ref r.Result);
        yield return At("record", "arguments", static (ref RecordHead r) => ref r.Arguments);
        yield return At("record", "size", static (ref RecordHead r) => ref r.Size);
        yield return At("record", "container", static (ref RecordHead r) => ref r.Container);
        yield return At("record", "process", static (ref RecordHead r) => ref r.Process);
        yield return At("record", "thread", static (ref RecordHead r) => ref r.Thread);
        yield return At("record", "parent", static (ref RecordHead r) => ref r.Parent);
        yield return At("record", "virtual_process", static (ref RecordHead r) => ref r.VirtualProcess);
        yield return At("record", "virtual_thread", static (ref RecordHead r) => ref r.VirtualThread);
        yield return At("record", "user", static (ref RecordHead r) => ref r.User);
        yield return At("record", "group", static (ref RecordHead r) => ref r.Group);
        yield return At("record", "login", static (ref RecordHead r) => ref r.Login);
        yield return At("record", "kind", static (ref RecordHead r) => ref r.Kind);
        yield return At("record", "call", static (ref RecordHead r) => ref r.Call);
        yield return At("record", "flags", static (ref RecordHead r) => ref r.Flags);
        yield return At("record", "processor", static (ref RecordHead r) => ref r.Processor);
        yield return Size<DescriptorState>("descriptor");
        yield return At("descriptor", "number", static (ref DescriptorState d) => ref d.Number);
        yield return At("descriptor", "device", static (ref DescriptorState d) => ref d.Device);
        yield return At("descriptor", "mode", static (ref DescriptorState d) => ref d.Mode);
        yield return At("descriptor", "family", static (ref DescriptorState d) => ref d.Family);
        yield return At("descriptor", "type", static (ref DescriptorState d) => ref d.Type);
        yield return At("descriptor", "protocol", static (ref DescriptorState d) => ref d.Protocol);
        yield return At("descriptor", "local_port", static (ref DescriptorState d) => ref d.LocalPort);
        yield return At("descriptor", "remote_port", static (ref DescriptorState d) => ref d.RemotePort);
        yield return At("descriptor", "state", static (ref DescriptorState d) => ref d.State);
        yield return At("descriptor", "layer", static (ref DescriptorState d) => ref d.Layer);
        yield return At("descriptor", "local", static (ref DescriptorState d) => ref d.Local);
        yield return At("descriptor", "remote", static (ref DescriptorState d) => ref d.Remote);
        yield return Size<ProcessState>("process_state");
        yield return At("process_state", "permitted", static (ref ProcessState p) => ref p.Permitted);
        yield return At("process_state", "inheritable", static (ref ProcessState p) => ref p.Inheritable);
        yield return At("process_state", "effective", static (ref ProcessState p) => ref p.Effective);
        yield return At("process_state", "program_inode", static (ref ProcessState p) => ref p.ProgramInode);
        yield return At("process_state", "program_changed", static (ref ProcessState p) => ref p.ProgramChanged);
        yield return At("process_state", "program_modified", static (ref ProcessState p) => ref p.ProgramModified);
        yield return At("process_state", "namespace_start", static (ref ProcessState p) => ref p.NamespaceStart);
        yield return At("process_state", "program_owner", static (ref ProcessState p) => ref p.ProgramOwner);
        yield return At("process_state", "program_group", static (ref ProcessState p) => ref p.ProgramGroup);
        yield return At("process_state", "session", static (ref ProcessState p) => ref p.Session);
        yield return At("process_state", "process_group", static (ref ProcessState p) => ref p.Group);
        yield return At("process_state", "virtual_process_group", static (ref ProcessState p) => ref p.VirtualGroup);
        yield return At("process_state", "terminal", static (ref ProcessState p) => ref p.Terminal);
        yield return At("process_state", "program_mode", static (ref ProcessState p) => ref p.ProgramMode);
        yield return At("process_state", "program_layer", static (ref ProcessState p) => ref p.ProgramLayer);
        yield return At("process_state", "program_unlinked", static (ref ProcessState p) => ref p.ProgramUnlinked);
        yield return At("process_state", "streams", static (ref ProcessState p) => ref p.Streams);
        yield return At("process_state", "stream_families", static (ref ProcessState p) => ref p.StreamFamilies);
        yield return At("process_state", "name", static (ref ProcessState p) => ref p.Name);
        yield return Size<CallPlan>("call_plan");
        yield return At("call_plan", "flags", static (ref CallPlan p) => ref p.Flags);
        yield return At("call_plan", "text", static (ref CallPlan p) => ref p.Text0);
        yield return At("call_plan", "directory", static (ref CallPlan p) => ref p.Directory0);
        yield return At("call_plan", "descriptor", static (ref CallPlan p) => ref p.Descriptor);
        yield return At("call_plan", "address", static (ref CallPlan p) => ref p.Address);
        yield return Size<WatchedContainer>("watched");
        yield return At("watched", "container", static (ref WatchedContainer w) => ref w.Container);
        yield return At("watched", "flags", static (ref WatchedContainer w) => ref w.Flags);
        yield return Size<BoundContainer>("bound");
        yield return At("bound", "container", static (ref BoundContainer b) => ref b.Container);
        yield return At("bound", "flags", static (ref BoundContainer b) => ref b.Flags);
        yield return At("bound", "networks", static (ref BoundContainer b) => ref b.Networks);
        yield return Size<WardenNetwork>("network");
        yield return At("network", "set", static (ref WardenNetwork n) => ref n.Set);
        yield return At("network", "family", static (ref WardenNetwork n) => ref n.Family);
        yield return At("network", "address", static (ref WardenNetwork n) => ref n.Address);
        yield return Size<WardenPort>("open_port");
        yield return At("open_port", "number", static (ref WardenPort p) => ref p.Number);
        yield return Size<WardenAnswer>("answer");
        yield return At("answer", "boot", static (ref WardenAnswer a) => ref a.Boot);
        yield return At("answer", "container", static (ref WardenAnswer a) => ref a.Container);
        yield return At("answer", "process", static (ref WardenAnswer a) => ref a.Process);
        yield return At("answer", "kind", static (ref WardenAnswer a) => ref a.Kind);
        yield return At("answer", "cause", static (ref WardenAnswer a) => ref a.Cause);
        yield return At("answer", "call", static (ref WardenAnswer a) => ref a.Call);
        yield return At("answer", "family", static (ref WardenAnswer a) => ref a.Family);
        yield return At("answer", "port", static (ref WardenAnswer a) => ref a.Port);
        yield return At("answer", "type", static (ref WardenAnswer a) => ref a.Type);
        yield return At("answer", "protocol", static (ref WardenAnswer a) => ref a.Protocol);
        yield return At("answer", "address", static (ref WardenAnswer a) => ref a.Address);
        yield return At("answer", "name", static (ref WardenAnswer a) => ref a.Name);
        yield return At("answer", "program", static (ref WardenAnswer a) => ref a.Program);
        yield return Size<WardenTally>("tally");
        yield return Size<SensorCounter>("counter");
        yield return At("counter", "lost", static (ref SensorCounter c) => ref c.Lost);
        yield return At("counter", "limited", static (ref SensorCounter c) => ref c.Limited);
        yield return Size<SensorSettings>("settings");
        yield return At("settings", "interval", static (ref SensorSettings s) => ref s.Interval);
        yield return At("settings", "burst", static (ref SensorSettings s) => ref s.Burst);
        yield return At("settings", "wake_bytes", static (ref SensorSettings s) => ref s.WakeBytes);
        yield return At("settings", "call_bytes", static (ref SensorSettings s) => ref s.CallBytes);
        yield return At("settings", "calls_alone", static (ref SensorSettings s) => ref s.CallsAlone);
    }

    private static (string, string, long) Size<T>(string type)
        where T : struct => (type, string.Empty, Unsafe.SizeOf<T>());

    private static (string, string, long) At<TStruct, TField>(string type, string field, Field<TStruct, TField> of)
        where TStruct : struct
    {
        var value = default(TStruct);
        return (type, field, Unsafe.ByteOffset(ref Unsafe.As<TStruct, byte>(ref value), ref Unsafe.As<TField, byte>(ref of(ref value))));
    }

    private static string Run(string program, params string[] arguments)
    {
        using var child = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.Equal(0, child.ExitCode);
        return output;
    }

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Skerry.slnx")))
        {
            at = at.Parent;
        }

        return at!.FullName;
    }
}
