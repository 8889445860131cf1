using Skerry.Node.Reconcile;

namespace Skerry.Node.Tests.Reconcile;

/// <summary>What runsc says of a session.</summary>
public sealed class SandboxWatchTests
{
    [Theory]
    [InlineData("SESSIONS (1)\n\"Default\"\n\tSink: \"remote\", dropped: 213\n", 213)]
    [InlineData("SESSIONS (1)\n\"Default\"\n\tSink: \"remote\", dropped: 7", 7)]
    [InlineData("SESSIONS (0)\n", 0)]
    [InlineData("dropped: 99999999999999999999999", 0)]
    [InlineData("dropped: ", 0)]
    [InlineData("", 0)]
    public void What_a_session_could_not_tell_is_read_from_what_runsc_says(string said, long count) => Assert.Equal(count, SandboxWatch.Dropped(said));
}
