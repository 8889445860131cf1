using Skerry.Node.Pods;

namespace Skerry.Node.Tests.Pods;

public sealed class PodIndexTests
{
    [Fact]
    public void An_empty_name_is_a_wrong_request_and_no_defect()
    {
        var index = new PodIndex();
        foreach (var find in (Action[])[() => index.FindPod(""), () => index.FindContainer("")])
        {
            var error = Assert.Throws<PodException>(find);
            Assert.Equal(PodFailure.Invalid, error.Failure);
            Assert.Contains("is empty", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(PodFailure.NotFound, Assert.Throws<PodException>(() => index.FindContainer("/")).Failure);
        Assert.Equal(PodFailure.NotFound, Assert.Throws<PodException>(() => index.FindContainer("x/")).Failure);
    }
}
