using Skerry.Node.Pods.Copying;

namespace Skerry.Node.Tests.Pods.Copying;

public sealed class CopyNameTests
{
    [Theory]
    [InlineData("/etc/passwd", "passwd", false)]
    [InlineData("/etc/", "etc", true)]
    [InlineData("/etc/.", ".", true)]
    [InlineData("/", ".", true)]
    [InlineData(".", ".", true)]
    [InlineData("/srv/..", ".", true)]
    [InlineData("srv", "srv", false)]
    public void The_first_entry_is_called_by_the_last_name(string path, string name, bool saysDirectory)
    {
        Assert.Equal(name, CopyName.Of(path));
        Assert.Equal(saysDirectory, CopyName.SaysDirectory(path));
    }
}
