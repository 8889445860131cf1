using CsCheck;
using Skerry.Guard.Conditions;

namespace Skerry.Guard.Tests.Conditions;

public sealed class ConditionParserTests
{
    [Theory]
    [InlineData("proc.name=cat", "proc.name = cat")]
    [InlineData("proc.name == cat", "proc.name = cat")]
    [InlineData("  proc.name\n=\tcat ", "proc.name = cat")]
    [InlineData("a.b=1 and c.d=2 or e.f=3", "((a.b = 1 & c.d = 2) | e.f = 3)")]
    [InlineData("a.b=1 or c.d=2 and e.f=3", "(a.b = 1 | (c.d = 2 & e.f = 3))")]
    [InlineData("(a.b=1 or c.d=2) and e.f=3", "((a.b = 1 | c.d = 2) & e.f = 3)")]
    [InlineData("not a.b=1 and c.d=2", "(!a.b = 1 & c.d = 2)")]
    [InlineData("not not a.b=1", "a.b = 1")]
    [InlineData("not(a.b=1 or c.d=2)", "!(a.b = 1 | c.d = 2)")]
    [InlineData("a.b=1 and(c.d=2)", "(a.b = 1 & c.d = 2)")]
    [InlineData("a.b=1 or(c.d=2)", "(a.b = 1 | c.d = 2)")]
    [InlineData("spawned_process and not container", "(#spawned_process & !#container)")]
    [InlineData("proc.name exists", "proc.name exists")]
    [InlineData("proc.aname[2]=x", "proc.aname[2] = x")]
    [InlineData("proc.env[\"MY VAR\"]=x", "proc.env[MY VAR] = x")]
    [InlineData("evt.arg.flags contains O_TRUNC", "evt.arg.flags contains O_TRUNC")]
    [InlineData("fd.num>=0", "fd.num >= 0")]
    [InlineData("fd.num >= -1", "fd.num >= -1")]
    [InlineData("fd.num<0x1F", "fd.num < 0x1F")]
    [InlineData("proc.name in (a, \"b c\", 'd')", "proc.name in (a, b c, d)")]
    [InlineData("proc.name in ()", "proc.name in ()")]
    [InlineData("fd.name pmatch (/a, /b)", "fd.name pmatch (/a, /b)")]
    [InlineData("fd.types intersects (file)", "fd.types intersects (file)")]
    [InlineData("proc.name startswith oneof (a, b)", "proc.name startswith oneof (a, b)")]
    [InlineData("proc.name = anyof (a, b)", "proc.name = anyof (a, b)")]
    [InlineData("proc.name contains oneof", "proc.name contains oneof")]
    [InlineData("proc.name = anyof and a.b=1", "(proc.name = anyof & a.b = 1)")]
    [InlineData("tolower(proc.name)=cat", "tolower(proc.name) = cat")]
    [InlineData("len(basename( fd.name )) > 3", "len(basename(fd.name)) > 3")]
    [InlineData("proc.name = val(proc.pname)", "proc.name = val(proc.pname)")]
    [InlineData("proc.name = toupper(proc.pname)", "proc.name = toupper(proc.pname)")]
    [InlineData("join(\",\", (proc.name, \"x\")) = y", "join(,, (proc.name, x)) = y")]
    [InlineData("getopt((proc.name), \"ab:\")[b] = y", "getopt((proc.name), ab:)[b] = y")]
    [InlineData("proc.cmdline contains \"a \\\"b\\\" \\\\ \\x41\"", "proc.cmdline contains a \"b\" \\ A")]
    [InlineData("proc.name = 'a \\' b \\\\' c'", "proc.name = a ' b \\' c")]
    [InlineData("proc.name in (runc:[0:PARENT], x)", "proc.name in (runc:[0:PARENT], x)")]
    public void A_condition_is_read_as_it_is_meant(string text, string expected) => Assert.Equal(expected, Show(ConditionParser.Parse(text)));

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("proc.name", 1, 10)]
    [InlineData("proc.name =", 1, 12)]
    [InlineData("proc.name = a b", 1, 15)]
    [InlineData("(proc.name = a", 1, 15)]
    [InlineData("proc.name = a andproc.name = b", 1, 18)]
    [InlineData("proc.name in (a, )", 1, 18)]
    [InlineData("proc.name in (a b)", 1, 17)]
    [InlineData("proc.name > x", 1, 13)]
    [InlineData("proc.name containsx", 1, 11)]
    [InlineData("proc.aname[", 1, 12)]
    [InlineData("proc.aname[2 = x", 1, 13)]
    [InlineData("tolower(proc.name = x", 1, 19)]
    [InlineData("proc.name = val(x)", 1, 17)]
    [InlineData("proc.name =\n a or\n  )", 3, 3)]
    [InlineData("proc.name = \"a\\q\"", 1, 16)]
    [InlineData("proc.name = 'a\\\"'", 1, 16)]
    public void What_is_no_condition_is_refused_with_its_place(string text, int line, int column)
    {
        var e = Assert.Throws<ConditionSyntaxException>(() => ConditionParser.Parse(text));
        Assert.Equal((line, column), (e.Position.Line, e.Position.Column));
    }

    [Fact]
    public void Brackets_may_be_nested_but_not_without_end()
    {
        ConditionParser.Parse(new string('(', 150) + "a.b=1" + new string(')', 150));
        var e = Assert.Throws<ConditionSyntaxException>(() => ConditionParser.Parse(new string('(', 100_000)));
        Assert.Contains("nested", e.Message, StringComparison.Ordinal);
        Assert.Throws<ConditionSyntaxException>(() => ConditionParser.Parse(string.Concat(Enumerable.Repeat("tolower(", 100_000))));
    }

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        string[] words = ["proc.name", "evt.num", "and ", "or ", "not ", "(", ")", "=", "!=", " in ", "val(", "tolower(", "\"x\"", "'", "x", ",", " ", "exists", "[", "]", "contains ", "oneof "];
        Check.Sample(
            Gen.OneOf(words).Array[0, 30],
            parts =>
            {
                try
                {
                    ConditionParser.Parse(string.Concat(parts));
                }
                catch (ConditionSyntaxException e)
                {
                    Assert.InRange(e.Position.Index, 0, string.Concat(parts).Length);
                }
            },
            iter: 5_000);
    }

    private static string Show(Condition condition) => condition switch
    {
        Condition.All all => $"({string.Join(" & ", all.Parts.Select(Show))})",
        Condition.Any any => $"({string.Join(" | ", any.Parts.Select(Show))})",
        Condition.Not not => "!" + Show(not.Inner),
        Condition.Macro macro => "#" + macro.Name,
        Condition.Check { Right: null } check => $"{check.Left} {check.Comparison}",
        Condition.Check check => $"{check.Left} {check.Comparison} {check.Right}",
        _ => throw new InvalidOperationException(),
    };
}
