using System.Globalization;
using Skerry.Node.Tests.Images;

namespace Skerry.Oci.Fuzz;

/// <summary>
/// Makes layers such as an attacker would: well-formed archives whose entries collide, climb, link out and lie. Names come from few components, so
/// that entries meet each other: a file where a directory was, a link in the way of a later path, a whiteout over either.
/// </summary>
/// <param name="canary">A directory outside of every layer's root.</param>
/// <param name="mark">A name that nothing outside of a layer may ever get.</param>
internal sealed class HostileTar(string canary, string mark)
{
    private static readonly string[] Plain = ["a", "b", "c", "d", "etc", "l", "x"];
    private static readonly string[] Odd = ["..", ".", "", "\n", "\u00ff", " ", ".wh.", ".wh...", ".wh..", "a\\b", "%", new('n', 255), new('n', 256)];
    private static readonly string[] Numbers = ["0", "1", "2", "511", "512", "513", "4096", "4194304", "4194305", "99999999999", "9223372036854775807", "-1", "", "1e3"];
    private static readonly string[] Attributes =
        ["user.x", "user.", "security.capability", "security.selinux", "trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque", "system.posix_acl_access", "bad"];

    private readonly List<string> _made = [];
    private bool _tame;

    /// <summary>One layer. Half of them are tame, so that they are accepted and what became of them can be looked at.</summary>
    public byte[] Make(Random random)
    {
        var tar = new TarMaker();
        _made.Clear();
        _tame = random.Next(2) == 0;
        int entries = 1 + random.Next(random.Next(4) == 0 ? 60 : 12);
        for (int i = 0; i < entries; i++)
        {
            Add(tar, random);
        }

        return tar.End();
    }

    private void Add(TarMaker tar, Random random)
    {
        string name = Name(random);
        _made.Add(name);
        if (random.Next(_tame ? 40 : 12) == 0)
        {
            Extend(tar, random);
        }

        if (System.Text.Encoding.UTF8.GetByteCount(name) > 100 || random.Next(30) == 0)
        {
            tar.LongName(name);
        }

        int mode = random.Next(3) == 0 ? random.Next(0x1000) : 0x1ed;
        uint uid = random.Next(4) == 0 ? (uint)random.Next(70_000) : 0;
        switch (random.Next(_tame ? 22 : 24))
        {
            case < 7:
                tar.Entry(name, random.Next(20) == 0 ? '7' : '0', Content(random), "", mode, uid, uid / 2);
                break;
            case < 12:
                tar.Entry(name, '5', [], "", mode, uid);
                break;
            case < 16:
                Link(tar, random, name, '2', Target(random));
                break;
            case < 19:
                Link(tar, random, name, '1', _tame || random.Next(2) == 0 ? _made[random.Next(_made.Count)] : Target(random));
                break;
            case < 21:
                tar.Whiteout(Whiteout(random, name));
                break;
            case 21:
                tar.Entry(name, '6', [], "", mode, uid);
                break;
            case 22:
                tar.Device(name, random.Next(2) == 0 ? '3' : '4', random.Next(3), random.Next(3));
                break;
            default:
                tar.Entry(name, "gxLKSVMN8Z\0"[random.Next(11)], Content(random), "", mode);
                break;
        }
    }

    private static void Link(TarMaker tar, Random random, string name, char type, string target)
    {
        if (target.Length > 100 || random.Next(20) == 0)
        {
            tar.LongLink(target);
        }

        tar.Entry(name, type, random.Next(20) == 0 ? Content(random) : [], target);
    }

    private static string Whiteout(Random random, string name)
    {
        int slash = name.LastIndexOf('/');
        string directory = name[..(slash + 1)];
        return random.Next(4) switch
        {
            0 => directory + ".wh..wh..opq",
            1 => directory + ".wh..wh." + Plain[random.Next(Plain.Length)],
            _ => directory + ".wh." + name[(slash + 1)..],
        };
    }

    private string Name(Random random)
    {
        if (_tame && _made.Count > 0 && random.Next(3) == 0)
        {
            return _made[random.Next(_made.Count)];
        }

        switch (random.Next(_tame ? 400 : 80))
        {
            case 0:
                return string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "d/" : "a/", 100 + random.Next(2000))) + "f";
            case 1:
                return Target(random);
            case 2:
                return string.Concat(Enumerable.Repeat("../", random.Next(12))) + mark;
            case 3:
                return "/" + mark;
            default:
                return string.Join('/', Enumerable.Range(0, 1 + random.Next(4)).Select(_ => !_tame && random.Next(60) == 0 ? Odd[random.Next(Odd.Length)] : Plain[random.Next(random.Next(2) == 0 ? 3 : Plain.Length)]));
        }
    }

    private string Target(Random random) => random.Next(12) switch
    {
        0 => "/etc/" + mark,
        1 => canary,
        2 => canary + "/bird",
        3 => "/proc/self/root" + canary,
        4 => string.Concat(Enumerable.Repeat("../", 1 + random.Next(20))) + canary[1..],
        5 => "/proc/self/fd/" + random.Next(40).ToString(CultureInfo.InvariantCulture),
        6 => "../../../../f",
        7 => "/",
        8 => "..",
        9 => "/" + Plain[random.Next(Plain.Length)] + "/../" + Plain[random.Next(Plain.Length)],
        _ => string.Join('/', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => random.Next(4) == 0 ? ".." : Plain[random.Next(Plain.Length)])),
    };

    private void Extend(TarMaker tar, Random random)
    {
        string Number() => Numbers[random.Next(Numbers.Length)];
        switch (random.Next(7))
        {
            case 0:
                tar.Pax(("path", Name(random)));
                break;
            case 1:
                tar.Pax(("linkpath", Target(random)));
                break;
            case 2:
                tar.Pax(("size", Number()), ("mtime", Number() + ".5"));
                break;
            case 3:
                tar.Pax(("uid", Number()), ("gid", Number()));
                break;
            case 4:
                tar.Pax(("SCHILY.xattr." + Attributes[random.Next(Attributes.Length)], random.Next(2) == 0 ? "y" : new string('v', random.Next(5000))));
                break;
            case 5:
                tar.Pax(("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.name", Name(random)), ("GNU.sparse.size", Number()), ("GNU.sparse.numblocks", Number()),
                    ("GNU.sparse.map", $"{Number()},{Number()}"));
                break;
            default:
                tar.Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", Name(random)), ("GNU.sparse.realsize", Number()));
                break;
        }
    }

    private static byte[] Content(Random random)
    {
        var content = new byte[random.Next(8) switch { 0 => 0, 1 => random.Next(3000), _ => random.Next(20) }];
        random.NextBytes(content);
        return content;
    }
}
