using Skerry.Node.Pods;

namespace Skerry.Node.Tests.Pods;

public sealed class StopSignalTests
{
    [Theory]
    [InlineData("", "", 15)]
    [InlineData("", "SIGQUIT", 3)]
    [InlineData("USR1", "SIGQUIT", 10)]
    [InlineData("USR1", "garbage", 10)]
    public void The_specs_signal_counts_before_the_images_and_without_one_it_is_SIGTERM(string own, string images, int signal) =>
        Assert.Equal((signal, null), StopSignal.Of(own, images));

    [Theory]
    [InlineData("garbage")]
    [InlineData("SIGRTMIN-40")]
    [InlineData("0")]
    public void An_image_that_names_no_signal_does_not_keep_its_containers_from_being_stopped(string images) =>
        Assert.Equal((15, images), StopSignal.Of("", images));

    [Fact]
    public void What_an_image_names_is_told_short_and_without_what_a_terminal_would_obey() =>
        Assert.Equal(" [31m" + new string('x', 27), StopSignal.Of("", "\u001b[31m" + new string('x', 5000)).Unknown);

    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("64", 64)]
    [InlineData("RTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMIN+30", 64)]
    [InlineData("RTMAX", 64)]
    [InlineData("SIGRTMAX-1", 63)]
    [InlineData("RTMAX-30", 34)]
    public void Signals_go_by_name_or_number(string text, int number) => Assert.Equal(number, SignalNames.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMIN+2147483647")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMIN-40")]
    [InlineData("RTMIN3")]
    [InlineData("RTMAX+1")]
    [InlineData("RTMAX-31")]
    [InlineData("RTMAX-2147483648")]
    public void What_is_no_signal_is_refused(string text) => Assert.Contains("is no signal", Assert.Throws<PodException>(() => SignalNames.Parse(text)).Message, StringComparison.Ordinal);
}
