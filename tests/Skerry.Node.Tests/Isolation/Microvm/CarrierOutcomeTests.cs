using System.Text;
using Skerry.Node.Isolation.Microvm;

namespace Skerry.Node.Tests.Isolation.Microvm;

/// <summary>What a jail may leave where the node looks for a container's end.</summary>
public sealed class CarrierOutcomeTests : IDisposable
{
    private readonly string _bundle = Directory.CreateTempSubdirectory("skerry-outcome-").FullName;
    private readonly CarrierPaths _paths;

    public CarrierOutcomeTests()
    {
        _paths = new CarrierPaths(_bundle);
        Directory.CreateDirectory(_paths.Said);
    }

    private string Outcome => Path.Combine(_paths.Said, CarrierPaths.Outcome);

    public void Dispose() => Directory.Delete(_bundle, recursive: true);

    [Fact]
    public void An_outcome_is_read()
    {
        File.WriteAllText(Outcome, """{"code":137,"oom_killed":true,"reason":"too much"}""");
        var read = Carriers.Outcome(_bundle)!;
        Assert.Equal((137, true, "too much"), (read.Code, read.OomKilled, read.Reason));
    }

    [Fact]
    public void The_end_of_a_machine_is_told_from_that_of_a_program()
    {
        File.WriteAllText(Outcome, """{"code":137,"is_broken":true,"reason":"the microVM ended"}""");
        Assert.True(Carriers.Outcome(_bundle)!.IsBroken);
        File.WriteAllText(Outcome, """{"code":137,"reason":"killed"}""");
        Assert.False(Carriers.Outcome(_bundle)!.IsBroken);
        Assert.False(Carriers.Outcome(_bundle)!.NeverStarted);
        File.WriteAllText(Outcome, """{"code":127,"never_started":true,"reason":"no such program"}""");
        Assert.True(Carriers.Outcome(_bundle)!.NeverStarted);
    }

    [Fact]
    public void A_reason_is_cut_and_made_printable()
    {
        File.WriteAllText(Outcome, $$"""{"code":1,"reason":"a\u001b[2Jb\n{{new string('x', 9000)}}"}""");
        var reason = Carriers.Outcome(_bundle)!.Reason;
        Assert.StartsWith("a [2Jb x", reason, StringComparison.Ordinal);
        Assert.Equal(2048, reason.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"code":"x","reason":""}""")]
    [InlineData("""{"code":1}""")]
    [InlineData("""{"code":1,"reason":null}""")]
    [InlineData("""{"code":99999999999,"reason":""}""")]
    [InlineData("""{"code":1,"reason":"","more":1}""")]
    public void What_is_no_outcome_says_nothing(string text)
    {
        File.WriteAllText(Outcome, text);
        Assert.Null(Carriers.Outcome(_bundle));
    }

    [Fact]
    public void More_than_the_bound_is_not_read()
    {
        File.WriteAllText(Outcome, $$"""{"code":1,"reason":"{{new string('x', 20_000)}}"}""");
        Assert.Null(Carriers.Outcome(_bundle));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        var secret = Path.Combine(_bundle, "secret");
        File.WriteAllText(secret, """{"code":1,"reason":"secret"}""");
        File.CreateSymbolicLink(Outcome, secret);
        Assert.Null(Carriers.Outcome(_bundle));
    }

    [Fact]
    public void A_directory_that_became_a_link_is_not_followed()
    {
        var elsewhere = Path.Combine(_bundle, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        File.WriteAllText(Path.Combine(elsewhere, CarrierPaths.Outcome), """{"code":1,"reason":"secret"}""");
        Directory.Delete(_paths.Said);
        File.CreateSymbolicLink(_paths.Said, elsewhere);
        Assert.Null(Carriers.Outcome(_bundle));
    }

    [Fact]
    public void A_directory_in_its_place_says_nothing()
    {
        Directory.CreateDirectory(Outcome);
        Assert.Null(Carriers.Outcome(_bundle));
    }

    [Fact]
    public void Bytes_that_are_no_text_say_nothing()
    {
        File.WriteAllBytes(Outcome, [0xff, 0xfe, .. Encoding.ASCII.GetBytes("{}"), 0]);
        Assert.Null(Carriers.Outcome(_bundle));
    }
}
