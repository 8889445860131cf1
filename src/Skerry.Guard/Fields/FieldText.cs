using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Takes a text from an event; absent where the event has none.</summary>
internal delegate Text FieldText(KernelEvent e, FieldArgument argument);
