using Skerry.Linux.Files;

namespace Skerry.Linux.Tests.Files;

/// <summary>Trees that somebody made to be hard to remove.</summary>
public sealed class TreeRemovalTests
{
    [Fact]
    public void Directories_with_very_many_names_and_deep_ones_are_removed_whole()
    {
        var top = Directory.CreateTempSubdirectory("skerry-removal-").FullName;
        var deep = top;
        for (var depth = 0; depth < 100; depth++)
        {
            deep = Directory.CreateDirectory(Path.Combine(deep, "d")).FullName;
            File.WriteAllText(Path.Combine(deep, "f"), "x");
        }

        var wide = Directory.CreateDirectory(Path.Combine(top, "wide")).FullName;
        for (var i = 0; i < 3000; i++)
        {
            File.WriteAllText(Path.Combine(wide, $"{i}-{new string('n', 200)}"), string.Empty);
            Directory.CreateDirectory(Path.Combine(wide, $"e{i}"));
        }

        using (var parent = FileCalls.Open(null, Path.GetDirectoryName(top)!, OpenFlags.Read | OpenFlags.Directory))
        {
            Assert.True(TreeRemoval.Remove(parent, Path.GetFileName(top)));
        }

        Assert.False(Directory.Exists(top));
    }
}
