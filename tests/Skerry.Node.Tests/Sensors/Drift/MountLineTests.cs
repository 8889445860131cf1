using Skerry.Node.Sensors.Drift;

namespace Skerry.Node.Tests.Sensors.Drift;

/// <summary>Lines of mountinfo as the kernel writes them.</summary>
public sealed class MountLineTests
{
    [Theory]
    [InlineData("611 590 0:52 / / rw,relatime - overlay skerry rw,lowerdir=1:0", "/", true)]
    [InlineData("613 611 0:56 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k", "/dev", true)]
    [InlineData("614 611 0:56 / /dev/shm rw,nosuid,nodev,noexec master:5 - tmpfs shm rw", "/dev/shm", false)]
    [InlineData("615 611 254:0 /srv/v /a\\040b rw,relatime shared:1 master:2 - ext4 /dev/vda rw", "/a b", true)]
    [InlineData("616 611 254:0 /srv/t /tools ro,relatime - ext4 /dev/vda rw", "/tools", false)]
    [InlineData("612 611 0:55 / /proc rw,nosuid,nodev - proc proc rw", "/proc", false)]
    public void Where_a_program_can_be_written_is_told_from_where_none_can(string line, string place, bool can)
    {
        var mount = MountLine.Parse(line);
        Assert.Equal((place, can), (mount?.Place, mount?.CanHoldPrograms));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x 611 0:56 / /dev rw - tmpfs tmpfs rw")]
    [InlineData("613 611 0:56 / /dev rw,nosuid")]
    [InlineData("613 611 0:56 / /dev rw,nosuid -")]
    public void What_is_no_such_line_is_none(string line) => Assert.Null(MountLine.Parse(line));
}
