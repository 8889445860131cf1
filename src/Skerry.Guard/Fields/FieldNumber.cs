using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Takes a number, or 1 and 0 for true and false, from an event.</summary>
internal delegate long? FieldNumber(KernelEvent e, FieldArgument argument);
