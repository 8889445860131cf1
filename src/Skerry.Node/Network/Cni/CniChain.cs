using System.Text;
using System.Text.Json.Nodes;

namespace Skerry.Node.Network.Cni;

/// <summary>
/// Runs a configuration list as libcni does (CNI spec 1.0.0, section 3): ADD from first to last, each plugin getting the
/// result of the one before; DEL from last to first with the last known result; CHECK from first to last.
/// </summary>
internal sealed class CniChain(CniPlugin plugin)
{
    /// <summary>
    /// Adds; <paramref name="progress"/> is called before each plugin starts and after each result, with the record to keep.
    /// </summary>
    /// <returns>The record after the last plugin.</returns>
    internal LeaseRecord Add(CniConfigList list, CniCall call, LeaseRecord record, Action<LeaseRecord> progress, CancellationToken cancellation)
    {
        foreach (var each in list.Plugins)
        {
            plugin.Find(each.Type); // all are there, or nothing is begun
        }

        for (var i = 0; i < list.Plugins.Count; i++)
        {
            var each = list.Plugins[i];
            if (each.IsIdle(record.Ports) && record.Result is not null)
            {
                record = record with { Started = i + 1 };
                continue;
            }

            record = record with { Started = i + 1 };
            progress(record);
            var printed = plugin.Run("ADD", each.Type, call, Config(list, each, record), cancellation);
            try
            {
                record = record with { Result = CniResult.Parse(printed, list.Version).Text };
            }
            catch (FormatException error)
            {
                throw new NetworkException(
                    NetworkFault.Failed,
                    $"CNI plugin {each.Type} ADD for pod {call.ContainerId}: {error.Message}",
                    "the plugin is broken or not made for this configuration: install it again") { Plugin = each.Type };
            }
        }

        return record;
    }

    /// <summary>Undoes what was started. Goes on after a failure; gives all failures.</summary>
    internal IReadOnlyList<NetworkException> Delete(CniConfigList list, CniCall call, LeaseRecord record)
    {
        var failures = new List<NetworkException>();
        for (var i = Math.Min(record.Started, list.Plugins.Count) - 1; i >= 0; i--)
        {
            var each = list.Plugins[i];
            if (each.IsIdle(record.Ports))
            {
                continue;
            }

            try
            {
                plugin.Run("DEL", each.Type, call, Config(list, each, record), CancellationToken.None);
            }
            catch (NetworkException error)
            {
                failures.Add(error);
            }
        }

        return failures;
    }

    /// <summary>Asks every plugin whether the attachment still is as it made it.</summary>
    /// <exception cref="NetworkException">One says no.</exception>
    internal void Check(CniConfigList list, CniCall call, LeaseRecord record, CancellationToken cancellation)
    {
        if (list.DisableCheck || !string.Equals(list.Version, "0.4.0", StringComparison.Ordinal) && !string.Equals(list.Version, "1.0.0", StringComparison.Ordinal))
        {
            return; // CHECK is new in 0.4.0
        }

        foreach (var each in list.Plugins)
        {
            // portmap 1.1.1 looks for the IPv4 rules in the IPv6 chain, so it refuses every pod with both families.
            if (!string.Equals(each.Type, "portmap", StringComparison.Ordinal))
            {
                plugin.Run("CHECK", each.Type, call, Config(list, each, record), cancellation);
            }
        }
    }

    /// <summary>The execution configuration: the plugin's own, the list's name and version, runtimeConfig and prevResult.</summary>
    private static byte[] Config(CniConfigList list, CniPluginConfig each, LeaseRecord record)
    {
        var config = (JsonObject)each.Config.DeepClone();
        config["cniVersion"] = list.Version;
        config["name"] = list.Name;
        var runtime = new JsonObject();
        if (each.Capabilities.Contains("portMappings") && record.Ports.Count > 0)
        {
            var ports = new JsonArray();
            foreach (var port in record.Ports)
            {
                ports.Add((JsonNode)new JsonObject
                {
                    ["hostIP"] = port.HostAddress,
                    ["hostPort"] = port.HostPort,
                    ["containerPort"] = port.ContainerPort,
                    ["protocol"] = port.Protocol,
                });
            }

            runtime["portMappings"] = ports;
        }

        if (each.Capabilities.Contains("dns") && !record.Dns.IsEmpty)
        {
            runtime["dns"] = new JsonObject
            {
                ["servers"] = Array(record.Dns.Servers),
                ["searches"] = Array(record.Dns.Searches),
                ["options"] = Array(record.Dns.Options),
            };
        }

        if (runtime.Count > 0)
        {
            config["runtimeConfig"] = runtime;
        }

        if (record.Result is { } result)
        {
            config["prevResult"] = JsonNode.Parse(result);
        }

        return Encoding.UTF8.GetBytes(config.ToJsonString());
    }

    private static JsonArray Array(IReadOnlyList<string> items)
    {
        var array = new JsonArray();
        foreach (var item in items)
        {
            array.Add((JsonNode)item);
        }

        return array;
    }
}
