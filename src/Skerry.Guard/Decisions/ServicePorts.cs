namespace Skerry.Guard.Decisions;

/// <summary>Names that rules may use for ports; /etc/services is not read, so that a rule means the same on every machine.</summary>
internal static class ServicePorts
{
    private static readonly Dictionary<string, int> Ports = new(StringComparer.Ordinal)
    {
        ["ftp"] = 21,
        ["ssh"] = 22,
        ["telnet"] = 23,
        ["smtp"] = 25,
        ["domain"] = 53,
        ["tftp"] = 69,
        ["http"] = 80,
        ["pop3"] = 110,
        ["ntp"] = 123,
        ["imap"] = 143,
        ["snmp"] = 161,
        ["ldap"] = 389,
        ["https"] = 443,
        ["syslog"] = 514,
        ["ldaps"] = 636,
        ["imaps"] = 993,
        ["mysql"] = 3306,
        ["postgresql"] = 5432,
        ["redis"] = 6379,
    };

    public static int? Find(string name) => Ports.TryGetValue(name, out var port) ? port : null;
}
