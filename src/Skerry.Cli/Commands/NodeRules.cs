using System.Buffers;
using System.Text;
using Skerry.Cli.CommandLine;
using Skerry.Cli.Wire;
using Skerry.Contracts.Node.V1;
using Skerry.Guard.Rules;

namespace Skerry.Cli.Commands;

/// <summary>The rules that a node judges by.</summary>
internal static class NodeRules
{
    /// <summary>Loads them to find an alert by all of them.</summary>
    /// <exception cref="CliFailure">There is no node, or its files cannot be used as they are now.</exception>
    internal static RuleLoader Load(Invocation invocation)
    {
        var loader = new RuleLoader(new RuleLoaderOptions { MatchesAll = true });
        foreach (var (name, content) in Read(invocation))
        {
            var result = loader.Load(name, Encoding.UTF8.GetString(content));
            if (!result.IsSuccessful)
            {
                invocation.Context.Error.Write(GuardRules.Shown(result.ToString()));
                throw new CliFailure($"the node's rules in {name} cannot be used", "they were changed since the node loaded them; `skerry guard reload` says the same, and --rules FILE takes others");
            }
        }

        return loader;
    }

    private static List<(string Name, byte[] Content)> Read(Invocation invocation)
    {
        try
        {
            List<(string Name, ArrayBufferWriter<byte> Content)> files = [];
            using var call = invocation.Node.Open(NodeMethods.ReadRules, new ReadRulesRequest());
            while (call.Receive() is { } answer)
            {
                if (answer.Changed)
                {
                    invocation.Context.Error.Line("skerry: the node's rules were changed since it loaded them; it does not judge by what follows");
                }

                if (files.Count == 0 || files[^1].Name != answer.Name)
                {
                    files.Add((answer.Name, new ArrayBufferWriter<byte>()));
                }

                files[^1].Content.Write(answer.Piece.Span);
            }

            return [.. files.Select(static f => (f.Name, f.Content.WrittenSpan.ToArray()))];
        }
        catch (NodeFailure error) when (error.Status == NodeFailure.Unimplemented)
        {
            throw new CliFailure("the node is too old to say by which rules it judges", "--rules FILE says by which the alert is looked for");
        }
    }
}
