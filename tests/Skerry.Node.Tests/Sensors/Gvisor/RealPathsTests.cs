using System.Diagnostics;
using System.Text;
using Skerry.Node.Sensors.Gvisor;

namespace Skerry.Node.Tests.Sensors.Gvisor;

/// <summary>Where paths of a sandbox lead.</summary>
public sealed class RealPathsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-root-").FullName;
    private readonly RealPaths _paths;

    public RealPathsTests()
    {
        foreach (var name in (string[])["etc", "tmp", "data", "proc"])
        {
            Directory.CreateDirectory(Path.Combine(_root, name));
        }

        File.WriteAllText(Path.Combine(_root, "etc/shadow"), "x");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/notes"), "/etc/shadow");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/below"), "/etc");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/root"), "/proc/self/root/etc/shadow");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/volume"), "/data/notes");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/out"), "../../../../../../etc/passwd");
        File.CreateSymbolicLink(Path.Combine(_root, "tmp/round"), "round");
        File.CreateSymbolicLink(Path.Combine(_root, "data/notes"), "/etc/shadow");
        _paths = new RealPaths(_root, ["/proc", "/data"]);
    }

    [Theory]
    [InlineData("/", "/tmp/notes", "/etc/shadow")]
    [InlineData("/tmp", "notes", "/etc/shadow")]
    [InlineData("/tmp", "below/shadow", "/etc/shadow")]
    [InlineData("/tmp", "below/../etc/shadow", "/etc/shadow")]
    [InlineData("/", "/proc/self/root/etc/shadow", "/etc/shadow")]
    [InlineData("/", "/proc/1/root/proc/2/root/tmp/notes", "/etc/shadow")]
    [InlineData("/", "/tmp/root", "/etc/shadow")]
    [InlineData("/", "//proc//self/root/etc/shadow", "/etc/shadow")]
    [InlineData("/tmp", "./../proc/9/root/./tmp/below/shadow", "/etc/shadow")]
    [InlineData("/", "/tmp/volume", "")]
    [InlineData("/", "/etc/../etc/shadow", "")]
    [InlineData("/", "/etc/shadow", "")]
    [InlineData("/", "/tmp/out", "")]
    [InlineData("/", "/tmp/round", "")]
    [InlineData("/", "/tmp/none", "")]
    [InlineData("/", "/data/notes", "")]
    [InlineData("/", "a\0b", "")]
    [InlineData("/", "", "")]
    public void A_path_is_followed_within_the_root_and_nowhere_else(string directory, string path, string real) =>
        Assert.Equal(real, Follow(directory, path));

    [Fact]
    public void A_link_to_what_lies_deeper_than_the_kernel_can_say_is_told_as_it_was_asked_for()
    {
        var (name, deep) = (new string('a', 200), string.Join('/', Enumerable.Repeat(new string('a', 200), 14)));

        // Two halves, since no whole path of it can be said.
        Directory.CreateDirectory(Path.Combine(_root, deep));
        Directory.CreateDirectory(Path.Combine(_root, "half", deep));
        Directory.Move(Path.Combine(_root, "half", name), Path.Combine(_root, deep, name));
        File.CreateSymbolicLink(Path.Combine(_root, "s"), "/" + deep);
        Assert.Equal("/" + deep, Follow("/", "/s"));
        Assert.Empty(Follow("/", "/s/" + deep + "/" + name));
    }

    [Fact]
    public void A_flood_is_told_as_it_was_asked_for()
    {
        const int Turns = 4 * RealPaths.MostASecond; // in far less than the four seconds that these would need
        var followed = 0;
        for (var i = 0; i < Turns; i++)
        {
            followed += Follow("/", "/tmp/notes").Length > 0 ? 1 : 0;
        }

        Assert.InRange(followed, 1, Turns - 1);
        Assert.Equal(Turns - followed, _paths.Over);
    }

    [Theory]
    [InlineData("thousands", 0)]
    [InlineData("links", 1)]
    [InlineData("chain", 1)]
    [InlineData("deep", 1)]
    [InlineData("both", 1)]
    [InlineData("up", 1)]
    [InlineData("long", 1)]
    [Trait("Promise", "P-196")]
    public void A_tree_that_is_made_to_be_walked_for_long_costs_one_event_no_more_than_its_share(string attack, int over)
    {
        var path = Encoding.UTF8.GetBytes(Hostile(attack));
        List<(bool Followed, long Over, TimeSpan Took)> tries = [];
        for (var i = 0; i < 20; i++)
        {
            var paths = new RealPaths(_root, ["/proc", "/data"]);
            var begun = Stopwatch.GetTimestamp();
            var followed = paths.TryFollow("/"u8, path, out var real);
            tries.Add((followed, paths.Over, Stopwatch.GetElapsedTime(begun)));
            Assert.Empty(real);
        }

        // Of some tries, so that it is not the machine's other work.
        Assert.Contains(tries, t => t.Followed == (over == 0) && t.Over == over && t.Took < TimeSpan.FromMilliseconds(3));
    }

    [Fact]
    [Trait("Promise", "P-196")]
    public void The_time_that_a_hostile_tree_takes_of_each_second_is_bounded_too()
    {
        var path = Encoding.UTF8.GetBytes(Hostile("both"));
        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < RealPaths.MostASecond; i++)
        {
            _paths.TryFollow("/"u8, path, out _);
        }

        // All of them would take a second and more; a second that begins meanwhile has a share, too.
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        Assert.Equal(RealPaths.MostASecond, _paths.Over);
    }

    [Fact]
    public void Who_moves_directories_all_the_time_holds_no_look_up_that_goes_up()
    {
        using var stop = new CancellationTokenSource();
        Directory.CreateDirectory(Path.Combine(_root, "a/b"));
        var moving = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Directory.Move(Path.Combine(_root, "a/b"), Path.Combine(_root, "a/c"));
                Directory.Move(Path.Combine(_root, "a/c"), Path.Combine(_root, "a/b"));
            }
        });
        var path = Encoding.UTF8.GetBytes("/tmp/below" + string.Concat(Enumerable.Repeat("/../etc", 40)) + "/shadow");
        for (var i = 0; i < 100; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            _paths.TryFollow("/"u8, path, out _);
            Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        }

        stop.Cancel();
        moving.Wait(TestContext.Current.CancellationToken);
    }

    private string Follow(string directory, string path)
    {
        _paths.TryFollow(Encoding.UTF8.GetBytes(directory), Encoding.UTF8.GetBytes(path), out var real);
        return Encoding.UTF8.GetString(real);
    }

    private string Hostile(string attack)
    {
        const int Deep = 1500;
        var far = string.Join('/', Enumerable.Repeat("d", Deep));
        if (attack is "deep" or "both")
        {
            // One by one: no path leads so deep at once for whoever makes it.
            var at = Path.Combine(_root, "d");
            Directory.CreateDirectory(at);
            using var maker = Process.Start("/bin/sh", ["-c", $"cd {at} && i=1; while [ $i -lt {Deep} ]; do mkdir d && cd -P d; i=$((i+1)); done; : >end"]);
            maker.WaitForExit();
        }

        // Each link leads on to the next by as many names as fit.
        var way = attack switch { "thousands" => "/", "chain" => "/" + string.Concat(Enumerable.Repeat("tmp/../", 100)), "links" => string.Concat(Enumerable.Repeat("./", 2000)), "both" => "/" + string.Join('/', Enumerable.Repeat("d/..", 100)) + "/", _ => "/" + string.Concat(Enumerable.Repeat("tmp/../", 550)) };
        var last = attack == "thousands" ? 5000 : 39;
        for (var i = 0; i < last; i++)
        {
            File.CreateSymbolicLink(Path.Combine(_root, $"l{i}"), way + $"l{i + 1}");
        }

        File.CreateSymbolicLink(Path.Combine(_root, $"l{last}"), attack == "both" ? "/" + far : "/etc/shadow");
        return attack switch { "deep" => "/" + far + "/end", "long" => "/" + new string('x', 100_000), _ => "/l0" };
    }

    public void Dispose()
    {
        // rm(1) goes down step by step; a whole path may be too long for the kernel here.
        using var remover = Process.Start("/bin/rm", ["-rf", _root]);
        remover.WaitForExit();
    }
}
