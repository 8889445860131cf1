namespace Skerry.Guard.Events;

/// <summary>A user and group as the password file of the process's root has them.</summary>
public sealed class UserFacts : Facts
{
    /// <summary>User number.</summary>
    public uint Uid { get; set => Set(ref field, value); }

    /// <summary>User name; absent where the number has none.</summary>
    public Text Name { get; set => Set(ref field, value); }

    /// <summary>Home directory.</summary>
    public Text Home { get; set => Set(ref field, value); }

    /// <summary>Login shell.</summary>
    public Text Shell { get; set => Set(ref field, value); }

    /// <summary>Group number.</summary>
    public uint Gid { get; set => Set(ref field, value); }

    /// <summary>Group name.</summary>
    public Text GroupName { get; set => Set(ref field, value); }

    /// <summary>User number at login; absent where nobody logged in.</summary>
    public uint? LoginUid { get; set => Set(ref field, value); }

    /// <summary>User name at login.</summary>
    public Text LoginName { get; set => Set(ref field, value); }
}
