namespace Skerry.Guard.Events;

/// <summary>A user and group as the password file of the process's root has them.</summary>
public sealed class UserFacts
{
    /// <summary>User number.</summary>
    public uint Uid { get; set; }

    /// <summary>User name; absent where the number has none.</summary>
    public Text Name { get; set; }

    /// <summary>Home directory.</summary>
    public Text Home { get; set; }

    /// <summary>Login shell.</summary>
    public Text Shell { get; set; }

    /// <summary>Group number.</summary>
    public uint Gid { get; set; }

    /// <summary>Group name.</summary>
    public Text GroupName { get; set; }

    /// <summary>User number at login; absent where nobody logged in.</summary>
    public uint? LoginUid { get; set; }

    /// <summary>User name at login.</summary>
    public Text LoginName { get; set; }
}
