using Skerry.Node.Isolation.Jails;
using Skerry.Node.Isolation.Spec;
using Skerry.Node.Isolation.Unikernel;

namespace Skerry.Node.Tests.Isolation.Unikernel;

public sealed class GuestCommandLineTests
{
    private static readonly GuestNetwork Network = new()
    {
        Tap = "tap0",
        Mac = "02:00:00:00:00:01",
        Mtu = 1500,
        Addresses = ["10.88.0.2/16", "fd00::2/64"],
        Routes = [new("0.0.0.0/0", "10.88.0.1"), new("::/0", "fd00::1")],
    };

    [Theory]
    [InlineData("", "console=ttyS0 quiet panic=-1")]
    [InlineData("serve", "console=ttyS0 quiet panic=-1 -- serve")]
    [InlineData("/bin/app -v x", "console=ttyS0 quiet panic=-1 rdinit=/bin/app -- -v x")]
    [InlineData("quiet=1 A=b /app c=d", "console=ttyS0 quiet panic=-1 quiet=1 A=b rdinit=/app -- c=d")]
    public void A_linux_kernel_is_told_its_parameters_its_program_and_the_programs_arguments(string command, string line) =>
        Assert.Equal(line, Write(UnikernelKind.Linux, command, null));

    [Fact]
    public void Addresses_are_told_in_the_words_of_each_kind()
    {
        Assert.Equal(
            "console=ttyS0 quiet panic=-1 ip=10.88.0.2::10.88.0.1:255.255.0.0:box:eth0:off:10.88.0.1 skerry.ip6=fd00::2/64 skerry.gateway6=fd00::1 -- serve",
            Write(UnikernelKind.Linux, "serve", Network));
        Assert.Equal("netdev.ip=10.88.0.2/16:10.88.0.1:10.88.0.1 -- serve", Write(UnikernelKind.Unikraft, "serve", Network));
        Assert.Equal("--ipv4=10.88.0.2/16 --ipv4-gateway=10.88.0.1 serve", Write(UnikernelKind.Mirage, "serve", Network));
        Assert.Equal("ip=10.88.0.2/16 gateway=10.88.0.1 serve", Write(UnikernelKind.Mewz, "serve", Network));
    }

    [Fact]
    public void A_word_with_blanks_is_quoted_as_the_kernel_takes_it()
    {
        Assert.EndsWith("-- say \"hello there\"", GuestCommandLine.Write(UnikernelKind.Linux, ["say", "hello there"], null, "box", [], true, string.Empty, string.Empty), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\"b")]
    [InlineData("ä")]
    [InlineData("")]
    public void A_word_that_a_kernel_cannot_be_told_is_refused(string word) =>
        Assert.Throws<SpecRefusedException>(() => GuestCommandLine.Write(UnikernelKind.Linux, ["say", word], null, "box", [], true, string.Empty, string.Empty));

    [Fact]
    public void A_line_that_is_too_long_is_refused() =>
        Assert.Throws<SpecRefusedException>(() => GuestCommandLine.Write(UnikernelKind.Linux, [new string('a', 2048)], null, "box", [], true, string.Empty, string.Empty));

    private static string Write(UnikernelKind kind, string command, GuestNetwork? network) =>
        GuestCommandLine.Write(kind, command.Split(' ', StringSplitOptions.RemoveEmptyEntries), network, "box", ["10.88.0.1", "fd00::1"], hasInitrd: true, string.Empty, string.Empty);
}
