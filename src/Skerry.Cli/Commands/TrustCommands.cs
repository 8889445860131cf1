using System.Globalization;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Rendering;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;

namespace Skerry.Cli.Commands;

/// <summary><c>skerry trust …</c>: who may sign what, and whether an image would run.</summary>
internal static class TrustCommands
{
    internal static Command Table() => new("trust", "say who must have signed images, and see whether one would run")
    {
        Children = [List(), TrustAdd.Table(), Remove(), TrustFetch.Table(), TrustFetch.List(), Check("check", "say whether an image would run, and each step that leads there")],
    };

    /// <summary>The same as <c>skerry image verify</c>.</summary>
    internal static Command Check(string name, string summary) => new(name, summary)
    {
        Operands = "IMAGE",
        MinOperands = 1,
        MaxOperands = 1,
        Completes = [Completes.Image],
        Options =
        [
            Option.One("trust", "NAME", "by this policy, not by the one for the image's name"),
            Option.Flag("offline", "by what is kept on this node alone, as at each start"),
            Listing.Format,
        ],
        Notes = "An image that is not here is judged at its registry; nothing of it is fetched but its signatures. Exit code 1 when it may not run.",
        Examples =
        [
            ($"skerry {(name == "check" ? "trust" : "image")} {name} registry.example/shop/web:1", "who was to sign it, who did, and what to do"),
            ($"skerry {(name == "check" ? "trust" : "image")} {name} --offline -o json registry.example/shop/web:1 | jq .allowed", "what the next start will say, for a program"),
        ],
        Run = static i =>
        {
            var answer = i.Node.Call(NodeMethods.CheckTrust, new CheckTrustRequest { Image = i.Operands[0], Trust = i.Text("trust") ?? "", Offline = i.Flag("offline") });
            Listing.PrintOne(i, TrustTrees.Of(answer), () => Text(answer), answer.Digest);
            return answer.Allowed ? ExitCodes.Ok : ExitCodes.Failed;
        },
    };

    private static Command List() => new("ls", "list the trust policies")
    {
        Aliases = ["list"],
        Options = [Listing.Format],
        Notes = "Exit code 1 when one of them is wrong: nothing starts until it is mended.",
        Examples = [("skerry trust ls", "for which names, and whom they want")],
        Run = static i =>
        {
            var answer = i.Node.Call(NodeMethods.ListTrust, new ListTrustRequest());
            Listing.Print(i, answer.Policies, Table, TrustTrees.Of, static p => p.Name);
            if (answer.Error.Length > 0)
            {
                throw new CliFailure($"the trust policies are wrong, and nothing starts: {answer.Error}", $"mend the file in {answer.Directory}; it is read again by itself");
            }

            if (answer.Policies.Count == 0)
            {
                i.Context.Error.Line(Humanise.Safe($"there is no policy in {answer.Directory}: no image may run; skerry trust add --help"));
            }

            return ExitCodes.Ok;
        },
    };

    private static Command Remove() => new("rm", "remove a trust policy")
    {
        Aliases = ["remove"],
        Operands = "NAME",
        MinOperands = 1,
        MaxOperands = 1,
        Notes = "What runs goes on; what was let in by it does not start again.",
        Examples = [("skerry trust rm shop", "its images then need another policy")],
        Run = static i =>
        {
            i.Node.Call(NodeMethods.RemoveTrust, new RemoveTrustRequest { Name = i.Operands[0] });
            return ExitCodes.Ok;
        },
    };

    private static Table Table(IReadOnlyList<TrustPolicy> policies)
    {
        var table = new Table("NAME", "IMAGES", "MUST BE SIGNED BY", "ELSE", "DRIFT", "WHERE");
        foreach (var policy in policies)
        {
            table.Row(policy.Name, policy.Images.Count == 0 ? "(by name)" : string.Join(" ", policy.Images), policy.Wants, policy.Wants == "nothing" ? "" : policy.Unverified, policy.Drift, policy.Place);
        }

        return table;
    }

    private static string Text(CheckTrustResponse answer)
    {
        var text = new StringBuilder();
        Line($"{(answer.Image.Length > 0 ? answer.Image : "(no name)")} {answer.Digest}");
        Line($"{(answer.Allowed ? answer.Verified ? "may run: verified" : "may run: NOT verified" : "may not run")}: {answer.Why}");
        foreach (var section in answer.Sections)
        {
            Line("");
            Line(section.Title);
            foreach (var step in section.Steps)
            {
                Line($"  {Mark(step.Outcome)}  {step.Name}: {step.Why}");
                if (step.Mend.Length > 0)
                {
                    Line($"        mend: {step.Mend}");
                }
            }
        }

        Line("");
        if (answer.GoodUntil is { } end)
        {
            Line($"good until {end.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}");
        }

        if (answer.ClockBehindSeconds > 0)
        {
            Line($"the clock of this machine is {answer.ClockBehindSeconds} s behind what is known to be past; judged by {answer.Time?.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}");
        }

        if (answer.Mend.Length > 0)
        {
            Line($"what to do: {answer.Mend}");
        }

        return text.ToString().TrimEnd('\n') + "\n";

        void Line(string line) => text.Append(Humanise.Safe(line)).Append('\n');
    }

    private static string Mark(string outcome) => outcome switch
    {
        "passed" => "yes ",
        "failed" => "NO  ",
        "warned" => "warn",
        _ => "-   ",
    };
}
