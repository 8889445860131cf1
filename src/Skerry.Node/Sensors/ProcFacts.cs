using System.Globalization;
using Skerry.Guard.Events;
using Skerry.Linux;
using Skerry.Linux.Files;

namespace Skerry.Node.Sensors;

/// <summary>What /proc says of a process that the sensor did not see begin. Nothing here reads the memory of a process: that could wait for ever for a page that an attacker holds back.</summary>
internal static class ProcFacts
{
    /// <summary>Fills in what can be known; what is gone already stays absent.</summary>
    internal static void Fill(ProcessFacts facts)
    {
        var directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{facts.Pid}/");
        facts.Name = Text(directory + "comm") is { Length: > 1 } name ? name.TrimEnd('\n') : default;
        facts.ExecutablePath = Link(directory + "exe");
        facts.Executable = facts.ExecutablePath;
        facts.WorkingDirectory = Link(directory + "cwd") is { } cwd ? cwd.TrimEnd('/') + "/" : default;
        foreach (var line in (Text(directory + "status") ?? string.Empty).Split('\n'))
        {
            Read(facts, line);
        }
    }

    /// <summary>The parent's number; 0 where it is not known.</summary>
    internal static int Parent(int pid) => Linux.Processes.ProcessIdentity.ParentOf(pid) ?? 0;

    private static void Read(ProcessFacts facts, string line)
    {
        if (line.Split('\t') is not [var name, .., var last])
        {
            return;
        }

        switch (name)
        {
            case "NSpid:":
                facts.VirtualPid = Number(last);
                break;
            case "NSpgid:":
                facts.VirtualGroupId = Number(last);
                break;
            case "NSsid:":
                facts.SessionId = Number(last);
                break;
            case "CapPrm:":
                facts.PermittedCapabilities = Set(last);
                break;
            case "CapInh:":
                facts.InheritableCapabilities = Set(last);
                break;
            case "CapEff:":
                facts.EffectiveCapabilities = Set(last);
                break;
        }
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static ulong Set(string text) => ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var set) ? set : 0;

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
