using Skerry.Linux.Processes;

namespace Skerry.Linux.Tests.Processes;

public sealed class ProgramPagesTests
{
    [Fact]
    public void Pages_as_they_are_on_disk_are_unmapped_and_come_back_when_they_are_used()
    {
        Assert.True(ProgramPages.Drop() > 1 << 20, "nothing of this program and its libraries was mapped");

        // What was unmapped is used again: these lines, the libraries beneath them, and a second pass.
        Assert.True(ProgramPages.Drop() > 0);
        Assert.Equal("still here", string.Concat("still", " ", "here"));
    }
}
