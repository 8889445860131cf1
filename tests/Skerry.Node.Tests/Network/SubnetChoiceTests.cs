using System.Net;
using Skerry.Node.Network;

namespace Skerry.Node.Tests.Network;

public sealed class SubnetChoiceTests
{
    private const string Header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";

    [Fact]
    public void The_default_route_is_no_obstacle_and_the_list_begins_where_the_node_says()
    {
        const string Routes = Header + "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
        Assert.Equal("10.88.0.0/16", SubnetChoice.Pick(Routes, "sk-1", null, 0).ToString());
        Assert.Equal("10.91.0.0/16", SubnetChoice.Pick(Routes, "sk-1", null, 3).ToString());
    }

    [Fact]
    public void A_prefix_that_another_interface_routes_is_passed_over_whether_it_is_wider_or_narrower()
    {
        // 10.88.5.0/24 on a bridge of podman.
        Assert.Equal("10.89.0.0/16", SubnetChoice.Pick(Header + "cni-podman0\t0005580A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", "sk-1", null, 0).ToString());

        // 10.0.0.0/8 by a VPN takes them all.
        var error = Assert.Throws<NetworkException>(() => SubnetChoice.Pick(Header + "tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n", "sk-1", null, 0));
        Assert.Contains("set a free IPv4 prefix", error.Next, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_used_before_is_used_again_also_when_the_own_bridge_has_it()
    {
        const string Routes = Header + "sk-1\t00005A0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        Assert.Equal("10.90.0.0/16", SubnetChoice.Pick(Routes, "sk-1", IPNetwork.Parse("10.90.0.0/16"), 0).ToString());
        Assert.Equal("10.91.0.0/16", SubnetChoice.Pick(Routes, "sk-2", IPNetwork.Parse("10.90.0.0/16"), 3).ToString());
    }
}
