using Skerry.Node.Configuration;
using Skerry.Node.Policy;

namespace Skerry.Node.Tests.Policy;

/// <summary>A lattice is read whole, or refused with file, line and key.</summary>
public sealed class LatticeFileTests
{
    private static readonly string[] Lines = LatticeFile.BuiltIn.Split('\n');

    [Fact]
    public void The_lattice_that_is_built_in_is_in_order()
    {
        var lattice = LatticeFile.Parse(LatticeFile.BuiltIn, "built in");
        Assert.Equal(["process", "sandbox", "wasm", "microvm", "unikernel"], lattice.Tiers.Select(static t => t.Name));
        Assert.Equal(["less than a core", "less than 1 GiB", "no KVM", "more than 4 cores and 8 GiB", "2 cores and 4 GiB", "small"], lattice.Classes.Select(static c => c.Name));
        Assert.Equal(("process", "process", false), (lattice.AutoMinimum, lattice.TrustedTier, lattice.PrefersStrength));
        Assert.Equal(TeeKinds.Sev | TeeKinds.SevSnp | TeeKinds.Tdx, lattice.Find("microvm")!.Tees);
        Assert.Equal((4000, 7680L << 20), (lattice.Classes[3].CoresAbove, lattice.Classes[3].MemoryFrom));
    }

    [Theory]
    [InlineData("auto_minimum = \"process\"", "auto_minimum = \"castle\"", "'auto_minimum' names 'castle', and there is no [tier.castle]")]
    [InlineData("auto_minimum = \"process\"", "auto_minimun = \"process\"", "'auto_minimun' is no key of the file, which takes auto_minimum, auto_prefers, trusted_tier")]
    [InlineData("auto_prefers = \"speed\"", "auto_prefers = \"luck\"", "'auto_prefers' takes \"speed\" or \"strength\"")]
    [InlineData("auto_prefers = \"speed\"", "auto_prefers = 3", "'auto_prefers' takes a text in quotes")]
    [InlineData("strength = 10", "strength = 0", "'strength' takes a number from 1 to 1000")]
    [InlineData("strength = 10", "strenght = 10", "'strenght' is no key of [tier.process]")]
    [InlineData("images = [\"wasm\"]", "images = [\"jar\"]", "'images' takes container, wasm and unikernel, not 'jar'")]
    [InlineData("images = [\"wasm\"]", "images = \"wasm\"", "'images' takes a list of texts")]
    [InlineData("overhead = \"48Mi\"", "overhead = \"much\"", "'overhead' takes bytes")]
    [InlineData("tee = [\"sgx\"]", "tee = [\"trustzone\"]", "'tee' takes sev, sev-snp, tdx, sgx or any, not 'trustzone'")]
    [InlineData("kvm = false", "kvm = \"no\"", "'kvm' takes true or false")]
    [InlineData("cores_below = 1", "cores_below = -1", "'cores_below' takes a number of cores")]
    [InlineData("memory_below = \"1Gi\"", "memory = \"1Gi\"", "'memory' is no key of [[class]]")]
    [InlineData("[tier.wasm]", "[tiers.wasm]", "'tiers.wasm' is no table of a lattice")]
    [InlineData("[tier.wasm]", "[tier.Wasm!]", "invalid")]
    [InlineData("[tier.wasm]", "[tier.process]", "there twice")]
    [InlineData("name = \"small\"", "name = \"small\"\nkvm = true", "the last class must have no conditions")]
    [InlineData("auto_minimum = \"process\"", "auto_minimum = ", "")]
    [Trait("Promise", "P-72")]
    public void What_is_wrong_is_told_with_file_line_and_key_and_nothing_is_used(string line, string wrong, string says)
    {
        var at = Array.FindIndex(Lines, l => l == line);
        Assert.True(at >= 0, line);
        var text = string.Join('\n', [.. Lines[..at], wrong, .. Lines[(at + 1)..]]);
        var error = Assert.Throws<ConfigurationException>(() => LatticeFile.Parse(text, "/etc/x/tiers.toml"));
        Assert.StartsWith("/etc/x/tiers.toml: line ", error.Message, StringComparison.Ordinal);
        if (says is not ("invalid" or "there twice" or ""))
        {
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
            if (!says.Contains("last class", StringComparison.Ordinal))
            {
                Assert.Contains($"line {at + 1}: ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("", "[tier.NAME]")]
    [InlineData("auto_minimum = \"process\"\n[tier.process]\nstrength = 1\nimages = [\"container\"]\n", "[[class]]")]
    [InlineData("[tier.process]\nimages = [\"container\"]\n", "'strength' is missing in [tier.process]")]
    [InlineData("[tier.process]\nstrength = 1\nimages = [\"container\"]\n[[class]]\nname = \"a\"\norder = [\"process\"]\n", "'auto_minimum' is missing in the file")]
    [InlineData("[tier.process]\nstrength = 1\nimages = [\"container\"]\n[[class]]\nname = \"a\"\norder = [\"process\", \"process\"]\n", "each once")]
    [InlineData("auto_minimum = \"process\"\nauto_prefers = \"speed\"\ntrusted_tier = \"process\"\n[tier.process]\nstrength = 1\nimages = [\"container\"]\n[[class]]\nname = \"a\"\norder = [\"vm\"]\n", "'order' names 'vm'")]
    [Trait("Promise", "P-72")]
    public void Half_a_lattice_is_none(string text, string says) =>
        Assert.Contains(says, Assert.Throws<ConfigurationException>(() => LatticeFile.Parse(text, "t")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_takes_the_place_of_the_one_built_in_whole()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("skerry-lattice-").FullName, "tiers.toml");
        try
        {
            Assert.Equal("built in", LatticeFile.Open(file).Source);
            File.WriteAllText(file, LatticeFile.BuiltIn.Replace("trusted_tier = \"process\"", "trusted_tier = \"sandbox\"", StringComparison.Ordinal));
            var lattice = LatticeFile.Open(file);
            Assert.Equal((file, "sandbox"), (lattice.Source, lattice.TrustedTier));

            File.Delete(file);
            Directory.CreateDirectory(file);
            Assert.Equal($"{file}: it is a directory, where a file is wanted", Assert.Throws<ConfigurationException>(() => LatticeFile.Open(file)).Message);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [Theory]
    [InlineData("r.example/a/*", "r.example/a/b", true)]
    [InlineData("r.example/a/*", "r.example/ab", false)]
    [InlineData("r.example/a/*", "r.example/a", false)]
    [InlineData("r.example/*", "r.example/a/b/c", true)]
    [InlineData("r.example/*", "r.example.evil/a", false)]
    [InlineData("r.example/a", "r.example/a", true)]
    [InlineData("r.example/a", "r.example/a/b", false)]
    [InlineData("localhost:5000/*", "localhost:5000/x", true)]
    public void A_name_is_trusted_by_its_whole_segments(string rule, string name, bool trusted) => Assert.Equal(trusted ? rule : null, new TrustedImages([rule]).RuleFor(name));

    [Theory]
    [InlineData("*")]
    [InlineData("*/a")]
    [InlineData("library/nginx")]
    [InlineData("r.example")]
    [InlineData("r.example/a*")]
    [InlineData("r.example/*/b")]
    public void A_rule_that_would_trust_more_than_it_says_is_refused(string rule) => Assert.Throws<ConfigurationException>(() => new TrustedImages([rule]));
}
