using System.Text;

namespace Skerry.Node.Isolation.Seccomp;

/// <summary>Writes docs/formats/seccomp.md from the profile, so that the page cannot say anything else than the filter does.</summary>
internal static class SeccompDocument
{
    internal static string Render(SeccompProfile profile)
    {
        var text = new StringBuilder();
        text.Append("# The seccomp profile\n\nThis page is generated from `src/Skerry.Node/Isolation/Seccomp/default.json`; a test compares them.\n\n");
        text.Append(profile.Why).Append("\n\n");
        text.Append("A container gets it unless `seccomp` names another profile (OCI or docker JSON) or is `unconfined`. It is compiled to BPF once\n");
        text.Append("for each set of capabilities and handed to crun compiled; runc gets it as `linux.seccomp`.\n\n");
        text.Append("| What | Answer | Why |\n|---|---|---|\n");
        text.Append($"| any other call | {profile.Default} | {profile.DefaultWhy} |\n| a call newer than the table | {profile.Newer} | {profile.NewerWhy} |\n| another ABI | killed | {profile.ForeignWhy} |\n");
        text.Append("\n## Allowed\n\n| Group | Calls | Condition | Why |\n|---|---|---|---|\n");
        foreach (var group in profile.Allow.Where(g => g.Capability is null))
            text.Append($"| {group.Group} | {Calls(group)} | {string.Join("; ", group.Conditions)} | {group.Why} |\n");
        text.Append("\n## Allowed with a capability\n\n| Capability | Calls | Condition | Why |\n|---|---|---|---|\n");
        foreach (var group in profile.Allow.Where(g => g.Capability is not null))
            text.Append($"| {group.Capability} | {Calls(group)} | {string.Join("; ", group.Conditions)} | {group.Why} |\n");
        text.Append("\n## Refused\n\n| Group | Calls | Answer | Why |\n|---|---|---|---|\n");
        foreach (var (group, error) in profile.Refuse)
            text.Append($"| {group.Group} | {Calls(group)} | {error} | {group.Why} |\n");
        return text.ToString();
    }

    private static string Calls(SeccompGroup group) => string.Join(" ", group.Calls.Select(c => $"`{c}`"));
}
