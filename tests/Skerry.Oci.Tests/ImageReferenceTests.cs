using CsCheck;

namespace Skerry.Oci.Tests;

public sealed class ImageReferenceTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest", "busybox:latest")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36")]
    [InlineData("user/app", "docker.io/user/app:latest", "user/app:latest")]
    [InlineData("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest")]
    [InlineData("index.docker.io/library/busybox", "docker.io/library/busybox:latest", "busybox:latest")]
    [InlineData("docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest")]
    [InlineData("docker.io/host.like/app:b", "docker.io/host.like/app:b", "docker.io/host.like/app:b")]
    [InlineData("docker.io/localhost/app", "docker.io/localhost/app:latest", "docker.io/localhost/app:latest")]
    [InlineData("docker.io/library/name.dot", "docker.io/library/name.dot:latest", "name.dot:latest")]
    [InlineData("localhost/app", "localhost/app:latest", "localhost/app:latest")]
    [InlineData("localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app:latest")]
    [InlineData("[::1]:5000/a/b:t", "[::1]:5000/a/b:t", "[::1]:5000/a/b:t")]
    [InlineData("[::1]/a", "[::1]/a:latest", "[::1]/a:latest")]
    [InlineData("quay.io/org/app@sha256:" + Hex, "quay.io/org/app@sha256:" + Hex, "quay.io/org/app@sha256:" + Hex)]
    [InlineData("quay.io/org/app:v1@sha256:" + Hex, "quay.io/org/app:v1@sha256:" + Hex, "quay.io/org/app:v1@sha256:" + Hex)]
    [InlineData("Host/app", "Host/app:latest", "Host/app:latest")]
    [InlineData("a.b/x__y-z---w/v.1:A_b.c-d", "a.b/x__y-z---w/v.1:A_b.c-d", "a.b/x__y-z---w/v.1:A_b.c-d")]
    [InlineData("192.168.1.1:5000/x", "192.168.1.1:5000/x:latest", "192.168.1.1:5000/x:latest")]
    public void A_reference_is_normalised_as_docker_does(string text, string canonical, string familiar)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal(canonical, reference.ToString());
        Assert.Equal(familiar, reference.Familiar);
        Assert.Equal(reference, ImageReference.Parse(canonical));
        Assert.Equal(reference, ImageReference.Parse(familiar));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("Busybox", 0)]
    [InlineData("busy box", 4)]
    [InlineData("-a", 0)]
    [InlineData("a-", 2)]
    [InlineData("a..b", 2)]
    [InlineData("a___b", 3)]
    [InlineData("a//b", 2)]
    [InlineData("/a", 0)]
    [InlineData("a/", 2)]
    [InlineData("a/../b", 2)]
    [InlineData("../a", 0)]
    [InlineData("a:", 2)]
    [InlineData("a:-x", 2)]
    [InlineData("a:.x", 2)]
    [InlineData("a:x/y", -1)]
    [InlineData("a@sha256:zz", 9)]
    [InlineData("a@", 2)]
    [InlineData("http://host/a", -1)]
    [InlineData("host:99999/a", 5)]
    [InlineData("host:/a", 5)]
    [InlineData("host.:5000/a", 5)]
    [InlineData("-host.x/a", 0)]
    [InlineData("[::1/a", -1)]
    [InlineData("[zz]/a", 0)]
    [InlineData("user@host/a", -1)]
    [InlineData("a\0b", 1)]
    [InlineData(Hex, 0)]
    public void What_is_no_reference_is_refused_with_the_place(string text, int offset)
    {
        var e = Assert.Throws<OciFormatException>(() => ImageReference.Parse(text));
        Assert.Equal("image reference", e.Format);
        if (offset >= 0)
        {
            Assert.Equal(offset, e.Offset);
        }
    }

    [Fact]
    public void Names_and_tags_have_a_longest_length()
    {
        Assert.NotNull(ImageReference.Parse("h.x/" + new string('a', 255)));
        Assert.Throws<OciFormatException>(() => ImageReference.Parse("h.x/" + new string('a', 256)));
        Assert.NotNull(ImageReference.Parse("a:" + new string('t', 128)));
        Assert.Throws<OciFormatException>(() => ImageReference.Parse("a:" + new string('t', 129)));
    }

    [Fact]
    public void Any_text_parses_to_what_parses_to_itself_or_is_refused() =>
        Gen.Char["abzAZ09._-/:@[]sha256% \0é"].Array[0, 40].Sample(chars =>
        {
            var text = new string(chars);
            if (ImageReference.TryParse(text, out var reference))
            {
                Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
                Assert.Equal(reference, ImageReference.Parse(reference.Familiar));
                Assert.DoesNotContain("..", reference.Repository, StringComparison.Ordinal);
            }
        }, iter: 20_000);
}
