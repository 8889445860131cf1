using Skerry.Contracts.Guest.V1;
using Skerry.Guest.Tests.Machines;

namespace Skerry.Guest.Tests;

/// <summary>What ends a machine, and what it lives through; each has a machine of its own.</summary>
public sealed class MachineTests
{
    [Fact]
    public async Task Shutdown_ends_the_containers_and_powers_off()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        await using var machine = await GuestMachine.StartAsync();
        await using var well = await machine.Run(Documents.Shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done"));
        await using var deaf = await machine.Run(Documents.Shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"));
        await well.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
        await deaf.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
        await machine.Call("Shutdown", new ShutdownRequest { PatienceMillis = 2000 }, ShutdownResponse.Parser);

        Assert.Equal(0, (await well.ToEnd()).Code);
        Assert.EndsWith("bye\n", well.Output, StringComparison.Ordinal);
        Assert.Equal(137, (await deaf.ToEnd()).Code);
        Assert.Equal(0, await machine.Ended());
        Assert.DoesNotContain("skerry-guest:", machine.Console, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_goes_takes_its_containers_with_it_and_the_next_begins_anew()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        await using var machine = await GuestMachine.StartAsync();
        var start = Documents.Shell("echo ready; sleep 1000; true");
        var lost = await machine.Run(start);
        await lost.Until(static p => p.Output.Contains("ready", StringComparison.Ordinal));
        await machine.ReconnectAsync();

        Assert.Equal(machine.Hello.Version, (await machine.Call("Hello", new HelloRequest(), HelloResponse.Parser)).Version);
        await using var next = await machine.Run(Documents.Run("/bin/echo", "next"));
        Assert.Equal(0, (await next.ToEnd()).Code);
        var error = await Assert.ThrowsAsync<Skerry.Contracts.Ttrpc.TtrpcStatusException>(() => machine.Call("Stats", new StatsRequest { Container = start.Container }, StatsResponse.Parser));
        Assert.Equal(Skerry.Contracts.Ttrpc.TtrpcStatusCode.NotFound, error.Code);
    }

    [Fact]
    public async Task An_agent_that_fails_ends_the_machine_and_says_why()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => GuestMachine.StartAsync("-set", "device.agent.name=other"));
        Assert.Contains("virtio-serial port named agent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-137")]
    public async Task A_machine_that_is_told_to_call_by_vsock_loads_what_that_needs_and_says_why_it_cannot()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => GuestMachine.StartAsync("-append", GuestMachine.KernelLine + " skerry.channel=vsock skerry.end=reset"));
        Assert.Contains("port 1025 of the host by vsock: ENODEV", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Promise", "P-137")]
    public async Task Disks_are_found_by_their_places_where_their_serial_numbers_are_not_the_hosts()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        await using var machine = await GuestMachine.StartAsync();
        await machine.Call("Configure", new ConfigureRequest { Disks = { new GuestDisk { Name = "l0", Place = 1 }, new GuestDisk { Name = "l1", Place = 2 } } }, ConfigureResponse.Parser);
        var start = Documents.Run("/bin/echo", "found");
        start.Root.Layers.Clear();
        start.Root.Layers.Add("l0");
        await using var process = await machine.Run(start);
        Assert.Equal(0, (await process.ToEnd()).Code);
        Assert.Equal("found\n", process.Output);

        var missing = Documents.Run("/bin/echo", "lost");
        missing.Root.Layers.Clear();
        missing.Root.Layers.Add("l1");
        await using var lost = await machine.Run(missing);
        Assert.Contains("there is no 2. virtio disk; there are 1", (await lost.ToEnd()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interfaces_get_names_addresses_and_routes()
    {
        GuestFiles.SkipUnlessAMachineCanBoot();
        await using var machine = await GuestMachine.StartAsync("-netdev", "user,id=n,restrict=on", "-device", "virtio-net-device,netdev=n");
        var face = new GuestInterface { Name = "eth7", Mac = "52:54:00:12:34:99", Mtu = 1400, Addresses = { "10.9.8.7/24", "fd00::7/64" } };
        await machine.Call(
            "Configure",
            new ConfigureRequest { Interfaces = { face }, Routes = { new GuestRoute { Destination = "0.0.0.0/0", Gateway = "10.9.8.1", Interface = "eth7" } } },
            ConfigureResponse.Parser);
        await using var process = await machine.Run(Documents.Shell("ip addr show eth7; ip route; ip -6 addr; ip addr show lo"));
        await process.ToEnd();

        Assert.Contains("52:54:00:12:34:99", process.Output, StringComparison.Ordinal);
        Assert.Contains("mtu 1400", process.Output, StringComparison.Ordinal);
        Assert.Contains("10.9.8.7/24", process.Output, StringComparison.Ordinal);
        Assert.Contains("default via 10.9.8.1 dev eth7", process.Output, StringComparison.Ordinal);
        Assert.Contains("fd00::7/64", process.Output, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1/8", process.Output, StringComparison.Ordinal);
    }
}
