using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Takes an address from an event. Fields that match either end have a second reader.</summary>
internal delegate NetworkAddress? FieldAddress(KernelEvent e, FieldArgument argument);
