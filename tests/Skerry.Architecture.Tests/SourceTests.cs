using Skerry.Architecture.Tests.Rules;

namespace Skerry.Architecture.Tests;

/// <summary>What sources must not hold; and for each rule, an example that it refuses and one that it lets pass.</summary>
public sealed class SourceTests
{
    [Fact]
    public void No_file_is_too_long()
    {
        foreach (var file in Repository.Sources.Where(static f => f.LineCount > SourceRules.Long).OrderByDescending(static f => f.LineCount))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{file.LineCount} lines: {file.Path}");
        }

        Verdict.None(SourceRules.TooLongFiles(Repository.Sources));
    }

    [Fact]
    public void Unsafe_code_and_imports_stay_at_the_kernel_border() => Verdict.None(SourceRules.UnsafeOutsideTheBorder(Repository.Shipped));

    [Fact]
    public void Nothing_is_left_unfinished() => Verdict.None(SourceRules.Unfinished(Repository.Shipped.Concat(Repository.Tests)));

    [Fact]
    public void Only_borders_catch_everything() => Verdict.None(SourceRules.SwallowedExceptions(Repository.Shipped));

    [Fact]
    public void Public_types_say_what_they_are_for() => Verdict.None(SourceRules.UndocumentedPublicTypes(Repository.Shipped));

    [Fact]
    public void Folders_are_concepts() => Verdict.None(NamingRules.Folders(Repository.Directories()));

    [Fact]
    public void Type_names_say_what_the_type_is() => Verdict.None(NamingRules.Types(Repository.Shipped));

    [Fact]
    public void Interfaces_have_two_implementations_or_are_seams() => Verdict.None(NamingRules.LonelyInterfaces([.. Repository.Shipped], Repository.Sources.ToList()));

    [Fact]
    public void The_rule_on_length_refuses_501_lines()
    {
        Assert.Single(SourceRules.TooLongFiles([new("src/A.cs", new string('\n', 501))]));
        Assert.Empty(SourceRules.TooLongFiles([new("src/A.cs", new string('\n', 500))]));
    }

    [Theory]
    [InlineData("src/Skerry.Node/Pods/A.cs", "unsafe class A { }", 1)]
    [InlineData("src/Skerry.Linux/Mounts/A.cs", "[LibraryImport(\"libc\")] static partial int f();", 1)]
    [InlineData("src/Skerry.Linux/Mounts/A.Unsafe.cs", "unsafe class A { }", 0)]
    [InlineData("src/Skerry.Linux/Interop/Mount.cs", "[LibraryImport(\"libc\")] static partial int f();", 0)]
    [InlineData("src/Skerry.Node/Pods/A.cs", "// unsafe paths\nvar s = \"unsafe\";", 0)]
    public void The_rule_on_unsafe_code_looks_at_code_alone(string path, string text, int breaches) =>
        Assert.Equal(breaches, SourceRules.UnsafeOutsideTheBorder([new(path, text)]).Count());

    [Theory]
    [InlineData("// TO" + "DO: later", 1)]
    [InlineData("throw new NotImplemented" + "Exception();", 1)]
    [InlineData("var todo = 1;", 0)]
    public void The_rule_on_unfinished_work_looks_at_comments_too(string text, int breaches) =>
        Assert.Equal(breaches, SourceRules.Unfinished([new("src/A.cs", text)]).Count());

    [Theory]
    [InlineData("try { } catch (Exception) { }", 1)]
    [InlineData("try { } catch (Exception e) { Log(e); }", 1)]
    [InlineData("try { } catch { }", 1)]
    [InlineData("try { } catch { Undo(); throw; }", 0)]
    [InlineData("try { } catch (Exception e) { throw new IOException(\"x\", e); }", 0)]
    [InlineData("try { } catch (Exception e) when (e is IOException) { }", 0)]
    [InlineData("try { } catch (Exception e) { done.TrySetException(e); }", 0)]
    [InlineData("try { } catch (IOException) { }", 0)]
    public void The_rule_on_catching_everything_knows_undo_from_swallowing(string text, int breaches)
    {
        Assert.Equal(breaches, SourceRules.SwallowedExceptions([new("src/A.cs", text)]).Count());
        Assert.Empty(SourceRules.SwallowedExceptions([new("src/Program.cs", text)]));
    }

    [Theory]
    [InlineData("namespace N;\n\npublic sealed class A { }\n", 1)]
    [InlineData("namespace N;\n\n/// <summary>x</summary>\npublic sealed class A { }\n", 0)]
    [InlineData("namespace N;\n\n/// <summary>x</summary>\n[Obsolete]\npublic record struct A { }\n", 0)]
    [InlineData("namespace N;\n\ninternal sealed class A { }\n", 0)]
    public void The_rule_on_public_types_wants_a_comment(string text, int breaches) =>
        Assert.Equal(breaches, SourceRules.UndocumentedPublicTypes([new("src/A.cs", text)]).Count());

    [Fact]
    public void The_rules_on_names_refuse_empty_words()
    {
        Assert.Single(NamingRules.Folders(["src/Skerry.Node/Helpers", "src/Skerry.Node/Pods"]));
        Assert.Single(NamingRules.Types([new("src/A.cs", "class PodManager { } class Pod { }")]));
        Assert.Single(NamingRules.Types([new("src/A.cs", "class PodService { }")]));
        Assert.Empty(NamingRules.Types([new("src/Skerry.Node/Api/A.cs", "class PodService { }")]));
    }

    [Fact]
    public void The_rule_on_interfaces_counts_implementations()
    {
        SourceFile Declared(string comment) => new("src/IA.cs", $"/// <summary>{comment}</summary>\npublic interface IA {{ }}\n");
        SourceFile[] one = [new("src/B.cs", "class B(int x) : C, IA { }")];
        SourceFile[] two = [.. one, new("tests/D.cs", "record D : IA;")];

        Assert.Single(NamingRules.LonelyInterfaces([Declared("x")], one));
        Assert.Empty(NamingRules.LonelyInterfaces([Declared("x")], two));
        Assert.Empty(NamingRules.LonelyInterfaces([Declared("The seam between a and b.")], one));
    }

    [Fact]
    public void Comments_and_literals_are_told_from_code()
    {
        const string Text = "a // b\n/* c */ d \"e\\\"f\" @\"g\"\"h\" 'i' \"\"\"j\"k\"\"\" l $\"m{n}\" o";

        Assert.Equal("a d l o", string.Join(' ', SourceText.Blank(Text).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(Text.Length, SourceText.Blank(Text).Length);
    }
}
