namespace Skerry.Guard.Decisions;

/// <summary>One step of a program: which test is asked, and where each answer leads.</summary>
/// <param name="Test">Number of the test.</param>
/// <param name="WhenTrue">The next step, or <see cref="Accept"/> or <see cref="Refuse"/>.</param>
/// <param name="WhenFalse">As <paramref name="WhenTrue"/>.</param>
internal readonly record struct Step(int Test, int WhenTrue, int WhenFalse)
{
    public const int Accept = -1;
    public const int Refuse = -2;
}
