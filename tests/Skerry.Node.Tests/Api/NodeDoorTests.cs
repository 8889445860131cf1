using Skerry.Node.Api;
using Skerry.Node.Survey;

namespace Skerry.Node.Tests.Api;

public sealed class NodeDoorTests
{
    [Theory]
    [InlineData("0\n", 1)]
    [InlineData("0-3\n", 4)]
    [InlineData("0-3,6,8-9\n", 7)]
    [InlineData("", 0)]
    [InlineData("3-1,x", 0)]
    public void Processors_are_counted_from_the_kernels_list(string list, uint count) => Assert.Equal(count, DeviceProbe.CountOf(list));

    [Theory]
    [InlineData("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n", "Debian GNU/Linux 12 (bookworm)")]
    [InlineData("NAME='Thing'\n", "Thing")]
    [InlineData("", "unknown")]
    public void The_system_is_named_as_os_release_does(string release, string name) => Assert.Equal(name, NodeDoor.OperatingSystem(release));
}
