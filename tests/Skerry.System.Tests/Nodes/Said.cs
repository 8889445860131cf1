namespace Skerry.System.Tests.Nodes;

/// <summary>What a program that has ended said.</summary>
internal sealed record Said(int Code, string Out, string Error)
{
    /// <summary>Standard output, after a check that it ended with 0.</summary>
    internal string Ok
    {
        get
        {
            Assert.True(Code == 0, $"ended with {Code}; stdout: {Out}; stderr: {Error}");
            return Out;
        }
    }

    /// <summary>Standard error, after a check of the exit code.</summary>
    internal string Failed(int code)
    {
        Assert.True(Code == code, $"ended with {Code}, not {code}; stdout: {Out}; stderr: {Error}");
        return Error;
    }

    public override string ToString() => $"[{Code}] {Out}{Error}";
}
