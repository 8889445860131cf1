using System.Globalization;
using Skerry.Node.Sensors;

namespace Skerry.Node.Tests.Sensors;

/// <summary>Names of users, which a container writes.</summary>
public sealed class UserBookTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skerry-users-").FullName;

    [Fact]
    public void Of_a_file_of_very_many_users_so_many_are_known_as_there_is_room_for()
    {
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        File.WriteAllLines(Path.Combine(_root, "etc/passwd"), Enumerable.Range(0, 20_000).Select(static i => string.Create(CultureInfo.InvariantCulture, $"u{i}:x:{i}:0::/:/bin/sh")));
        var book = UserBook.At(_root, null);
        Assert.Equal("u4095", book.Find(4095, 0, uint.MaxValue).Name.ToString());
        Assert.True(book.Find(4096, 0, uint.MaxValue).Name.IsAbsent);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
