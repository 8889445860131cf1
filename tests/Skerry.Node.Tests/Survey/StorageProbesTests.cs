using Skerry.Node.Survey;

namespace Skerry.Node.Tests.Survey;

public sealed class StorageProbesTests
{
    private const string MountInfo =
        """
        21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        30 21 0:26 / /var/lib rw - xfs /dev/sdb rw
        31 30 0:27 / /var/lib/skerry\040two rw - tmpfs tmpfs rw
        32 30 0:28 / /var/lib rw - btrfs /dev/sdc rw
        """;

    [Theory]
    [InlineData("/srv/skerry", "ext4", "/")]
    [InlineData("/var/lib/skerry", "btrfs", "/var/lib")]
    [InlineData("/var/library", "ext4", "/")]
    [InlineData("/var/lib/skerry two/root", "tmpfs", "/var/lib/skerry two")]
    public void The_mount_that_holds_a_path_is_the_longest_and_last(string path, string type, string mount) =>
        Assert.Equal((type, mount), StorageProbes.Holding(path, MountInfo));
}
